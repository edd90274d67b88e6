// Makes JWT profiles in the console's dialog: the key pasted, or read from a file.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; CLIENT and COLLECTION by name; PROFILES is JSON:
//   [{"name": "Shared", "signing": "HMAC", "key": "pasted text"}, {"name": "Public", "signing": "RSA", "key_file": "/path"}]
// Output, one line of JSON: {"<profile name>": "<key id>", ...}. The profiles are enabled.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { given, launch, open, picture, watcher } from "./browser.mjs";
import { lookInEverySize } from "./scenario.mjs";
import { choose, profileCard, setUp, slide } from "./steps.mjs";

const profiles = JSON.parse(given("PROFILES"));
const browser = await launch();
const { found, look } = watcher();
try {
  const { page, problems } = await open(browser);
  await setUp(page, given("SETUP_LINK"));
  await page.getByRole("button", { name: "Create owner and sign in" }).click();
  await page.getByRole("link", { name: given("CLIENT") }).click();
  const keyIds = {};
  for (const { name, signing, key, key_file } of profiles) {
    await page.getByRole("button", { name: "Add access profile" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Add access profile" });
    await dialog.getByRole("textbox", { name: "Name" }).fill(name);
    await choose(page, "API collections", [new RegExp(given("COLLECTION"))]);
    await dialog.getByText("JWT", { exact: true }).click();
    await dialog.getByText(signing, { exact: true }).click();
    const field = dialog.getByRole("textbox", { name: signing === "HMAC" ? "Secret" : "Public key", exact: true });
    if (key_file) {
      await dialog.locator("input[type=file]").setInputFiles(key_file);
      const text = readFileSync(key_file, "utf8").trim();
      // The page reads the file in its own time.
      const element = await field.elementHandle();
      await page.waitForFunction(([shown, text]) => shown.value.trim() === text, [element, text]);
    } else {
      // Too short a secret, or no key at all, is told at its field.
      await field.fill("short");
      await dialog.getByRole("button", { name: "Create profile" }).click();
      await dialog.locator("textarea[aria-invalid=true]").waitFor();
      await field.fill(key);
    }
    await lookInEverySize(look, page, `profile-jwt-${signing.toLowerCase()}`);
    await dialog.getByRole("button", { name: "Create profile" }).click();
    const shown = page.getByRole("dialog", { name: `Key id of ${name}` });
    const keyId = (await shown.getByTestId("credential-value").innerText()).trim();
    await shown.getByText("sub", { exact: true }).waitFor();
    await shown.getByRole("button", { name: "Done" }).click();
    await shown.waitFor({ state: "detached" });
    const card = profileCard(page, name);
    assert.equal((await card.getByTestId("key-id").innerText()).trim(), keyId, "the key id stays visible");
    await card.getByText(/ bits, /).waitFor();
    await slide(page, name, true);
    keyIds[name] = keyId;
  }
  await lookInEverySize(look, page, "client-jwt");
  assert.deepEqual([...found, ...problems], []);
  console.log(JSON.stringify(keyIds));
} catch (error) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await picture(page, "jwt-failed").catch(() => {});
  }
  throw error;
} finally {
  await browser.close();
}
