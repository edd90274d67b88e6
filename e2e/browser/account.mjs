// Your account: password change, an authenticator app by its QR code's secret, sign-in with a code, sessions ended.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM.
// Output: nothing; every step is asserted.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { given, open } from "./browser.mjs";
import { scenario } from "./scenario.mjs";
import { OWNER, signOut } from "./steps.mjs";

const base = given("CONSOLE");
const PASSWORD = "another quite long password";

/** The code of a Base32 secret (RFC 6238: SHA-1, 30 seconds, 6 digits), `ahead` periods from now. */
function codeOf(secret, ahead = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = digest.at(-1) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function openAccount(page) {
  await page.getByRole("button", { name: "User menu" }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
}

async function typeSignIn(page, password) {
  await page.getByRole("textbox", { name: "E-mail" }).fill(OWNER.email);
  await page.getByLabel(/^Password/).first().fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function changePassword(page) {
  await page.getByLabel(/^Present password/).first().fill("not the present one");
  await page.getByLabel(/^New password/).first().fill(PASSWORD);
  await page.getByLabel(/^Repeat the new password/).first().fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("is not the present password").waitFor();
  await page.getByLabel(/^Present password/).first().fill(OWNER.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Your password was changed").waitFor();
}

async function enrol(page, look) {
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  const dialog = page.getByRole("dialog", { name: "Set up an authenticator app" });
  await dialog.getByLabel(/^Present password/).first().fill(PASSWORD);
  await dialog.getByRole("button", { name: "Next" }).click();
  await dialog.getByRole("img", { name: "QR code for the authenticator app" }).waitFor();
  await look(page, "account-totp");
  await dialog.getByRole("button", { name: "Enter the secret by hand" }).click();
  const secret = (await dialog.getByTestId("totp-secret").innerText()).trim();
  const code = codeOf(secret);
  await dialog.getByRole("textbox", { name: "Code" }).fill(code === "000000" ? "000001" : "000000");
  await dialog.getByRole("button", { name: "Switch on" }).click();
  await dialog.locator("[aria-invalid=true]").waitFor();
  await dialog.getByRole("textbox", { name: "Code" }).fill(codeOf(secret));
  await dialog.getByRole("button", { name: "Switch on" }).click();
  await page.getByTestId("recovery-codes").waitFor();
  const codes = await page.getByTestId("recovery-codes").locator("code").allInnerTexts();
  assert.equal(codes.length, 10);
  await look(page, "account-recovery-codes");
  await page.getByRole("button", { name: "I have stored them" }).click();
  await page.getByTestId("totp-state").getByText("On").waitFor();
  return { secret, codes };
}

await scenario(
  "account",
  async ({ browser, page, look }) => {
    await openAccount(page);
    await changePassword(page);
    const { secret, codes } = await enrol(page, look);

    // Another browser: password, then the code of the next period (the present one was used), then a recovery code.
    const other = await open(browser);
    await other.page.goto(`${base}/sign-in`);
    await typeSignIn(other.page, PASSWORD);
    await other.page.getByRole("textbox", { name: "Code" }).waitFor();
    await look(other.page, "sign-in-code");
    await other.page.getByRole("textbox", { name: "Code" }).fill("not a code");
    await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.page.getByText("The code is wrong, or was used already").waitFor();
    await other.page.getByRole("textbox", { name: "Code" }).fill(codeOf(secret, 1));
    await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.page.getByRole("button", { name: "User menu" }).waitFor();
    await signOut(other.page);
    await typeSignIn(other.page, PASSWORD);
    await other.page.getByRole("textbox", { name: "Code" }).fill(codes[0]);
    await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.page.getByRole("button", { name: "User menu" }).waitFor();

    await page.reload();
    const rows = page.getByTestId("session");
    await rows.nth(1).waitFor();
    assert.equal(await rows.count(), 2);
    await page.getByRole("button", { name: /^End the session/ }).click();
    await rows.nth(1).waitFor({ state: "detached" });
    await other.page.getByRole("link", { name: "Policies", exact: true }).click();
    await other.page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
    await other.context.close();

    await page.getByRole("button", { name: "Switch off" }).click();
    const off = page.getByRole("dialog", { name: "Switch the second factor off" });
    await off.getByLabel(/^Present password/).first().fill(PASSWORD);
    await off.getByRole("button", { name: "Switch off" }).click();
    await page.getByTestId("totp-state").getByText("Off").waitFor();
  },
  () => [["account", "/account", (page) => page.getByTestId("session").first().waitFor()]],
);
