// Settings > Sign-in, and the sign-in by a real OpenID Connect provider: a group gives a role, no group gives no way in.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM. The workspace may fetch from 127.0.0.1.
// Output: nothing; every step is asserted.
import assert from "node:assert/strict";
import { given, open } from "./browser.mjs";
import { openPart, scenario } from "./scenario.mjs";
import { startProvider } from "./sign-in-provider.mjs";

const base = given("CONSOLE");
const secret = "a client secret of this test alone, long enough";
const provider = await startProvider({
  people: { ada: { email: "ada@example.com", groups: ["ops", "cooks"] }, eve: { email: "eve@example.com", groups: [] } },
  secret,
  redirectUri: `${base}/api/sessions/oidc/callback`,
});

async function configure(page) {
  await openPart(page, "Sign-in");
  await page.getByRole("textbox", { name: "Issuer" }).fill("http://example.com");
  await page.getByRole("textbox", { name: "Client id" }).fill("portcullis");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("[aria-invalid=true]").first().waitFor();
  await page.getByRole("textbox", { name: "Name on the button" }).fill("Example SSO");
  await page.getByRole("textbox", { name: "Issuer" }).fill(provider.issuer);
  await page.getByLabel("Client secret").first().fill(secret);
  await page.getByRole("button", { name: "Add group" }).click();
  await page.getByRole("textbox", { name: "Group 1" }).fill("ops");
  await page.getByRole("combobox", { name: "Role of group 1" }).selectOption("operator");
  await page.getByRole("button", { name: "Save" }).click();
  assert.equal((await page.getByTestId("redirect-uri").innerText()).trim(), `${base}/api/sessions/oidc/callback`);
}

async function signInAs(browser, account) {
  const { context, page } = await open(browser);
  await page.goto(`${base}/sign-in`);
  await page.getByRole("link", { name: "Sign in with Example SSO" }).click();
  await page.getByRole("textbox", { name: "Account" }).fill(account);
  await page.getByRole("button", { name: "Continue" }).click();
  return { context, page };
}

await scenario(
  "oidc-sign-in",
  async ({ browser, page, look }) => {
    await configure(page);
    const ada = await signInAs(browser, "ada");
    await ada.page.getByRole("button", { name: "User menu" }).click();
    await ada.page.getByText("ada@example.com (operator)").waitFor();
    await ada.context.close();

    const eve = await signInAs(browser, "eve");
    await eve.page.getByText(/none of your groups gives you a role here/).waitFor();
    await look(eve.page, "sign-in-refused-by-role");
    await eve.context.close();

    await openPart(page, "Members");
    await page.getByText("ada@example.com").first().waitFor();
    assert.equal(await page.getByText("eve@example.com").count(), 0);
  },
  () => [
    ["sign-in-settings", "/settings/sign-in", (page) => page.getByTestId("redirect-uri").waitFor()],
    ["sign-in-with-provider", "/sign-in", (page) => page.getByRole("link", { name: "Sign in with Example SSO" }).waitFor()],
  ],
);
provider.stop();
