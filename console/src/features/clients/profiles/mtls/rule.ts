/**
 * The rule on client certificates, as the server reads it: `FIELD=value` joined by commas. Problems are told while
 * somebody types; the server has the last word.
 */
const FIELDS = ["CN", "O", "OU", "C", "SAN.DNS", "SAN.URI", "SAN.EMAIL"];
const MAX_CHARS = 2048;
const MAX_CONDITIONS = 20;

/** Problem of a value, with its place in it; the place counts characters. */
function valueProblem(value: readonly string[]): { at: number; problem: string } | null {
  const starts = value[0] === "*" && value[1] === "." ? 1 : 0;
  for (let at = starts; at < value.length; at += 1) {
    const character = value[at] ?? "";
    if (character === "\\") {
      if (!',\\*"'.includes(value[at + 1] ?? "x")) {
        return { at, problem: '\\ stands only before a comma, \\, * or "' };
      }
      at += 1;
    } else if (character === "*") {
      return { at, problem: "* stands only in front, as *. before the rest of a name" };
    } else if (character === '"') {
      return { at, problem: "Values stand without quotes" };
    } else if (character < " " || character === "\u007f") {
      return { at, problem: "Control characters are not allowed" };
    }
  }
  if (value.length - starts < 1 + starts) return { at: 0, problem: "The value is missing" };
  return null;
}

/** The characters of each condition with the place where it begins; commas after a backslash do not part them. */
function split(text: readonly string[]): { start: number; characters: string[] }[] {
  const parts = [{ start: 0, characters: [] as string[] }];
  let isEscaped = false;
  text.forEach((character, at) => {
    if (character === "," && !isEscaped) parts.push({ start: at + 1, characters: [] });
    else parts.at(-1)?.characters.push(character);
    isEscaped = character === "\\" && !isEscaped;
  });
  return parts;
}

function conditionProblem(start: number, characters: readonly string[]): string | null {
  const tell = (at: number, problem: string) => `Character ${start + at + 1}: ${problem}`;
  const first = characters.findIndex((character) => character !== " ");
  if (first < 0) {
    return tell(characters.length, "A condition is missing; write FIELD=value, joined by commas");
  }
  const equals = characters.indexOf("=");
  if (equals < 0) return tell(first, "Write FIELD=value (a comma inside a value is written \\,)");
  if (!FIELDS.includes(characters.slice(0, equals).join("").trim())) {
    return tell(first, `Unknown field; known are ${FIELDS.join(", ")}, in capitals`);
  }
  const after = characters.slice(equals + 1);
  const lead = after.findIndex((character) => character !== " ");
  const value = lead < 0 ? [] : Array.from(after.slice(lead).join("").trimEnd());
  const found = valueProblem(value);
  const base = equals + 1 + (lead < 0 ? after.length : lead);
  return found ? tell(base + found.at, found.problem) : null;
}

/** What is wrong with a rule; null: nothing, as far as can be seen here. An empty rule is none. */
export function ruleProblem(rule: string): string | null {
  const text = Array.from(rule.trimEnd());
  if (text.length === 0) return null;
  if (text.length > MAX_CHARS) return `The rule is longer than ${MAX_CHARS} characters`;
  const parts = split(text);
  if (parts.length > MAX_CONDITIONS) return `The rule has more than ${MAX_CONDITIONS} conditions`;
  for (const { start, characters } of parts) {
    const problem = conditionProblem(start, characters);
    if (problem) return problem;
  }
  return null;
}
