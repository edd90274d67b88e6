"""Writes a PREPARE for each SQL text of crates/store, as read from its expanded source on standard input."""
import re
import sys

TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)
ESCAPE = re.compile(r"\\(u\{([0-9a-f]+)\}|.)", re.S)
FIRST = re.compile(r"(select|with|insert|update|delete)\s")
PLAIN = {"n": "\n", "t": "\t"}
# Macro definitions stay in the expanded source; their texts are fragments.
MACRO = re.compile(r"^( *)macro_rules! .*?^\1}$", re.S | re.M)


def unescape(match: re.Match) -> str:
    if match[2]:
        return chr(int(match[2], 16))
    return PLAIN.get(match[1], match[1])


texts = []
for literal in TEXT.findall(MACRO.sub("", sys.stdin.read())):
    text = ESCAPE.sub(unescape, literal)
    if FIRST.match(text) and "sqlite_master" not in text and text not in texts:
        texts.append(text)
for number, text in enumerate(texts):
    print(f"prepare s{number} as {text};")
print(f"{len(texts)} statements", file=sys.stderr)
