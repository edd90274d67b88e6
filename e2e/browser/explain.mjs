// Explains a refused call by its request id, then described: as the profile from elsewhere, and with its token.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; CLIENT and PROFILE by name; URL, a call that the profile's IP allow
//   list refuses from here; KEY, its token; ALLOWED_FROM, an address that its list allows.
// Output: nothing; every step is asserted on the screen.
import assert from "node:assert/strict";
import { given, launch, open, picture, watcher } from "./browser.mjs";
import { lookInEverySize } from "./scenario.mjs";
import { profileCard, setUp } from "./steps.mjs";

const url = given("URL");
const key = given("KEY");
const browser = await launch();
const { found, look } = watcher();
try {
  const refused = await fetch(url, { headers: { "api-token": key, connection: "close" } });
  await refused.arrayBuffer();
  assert.equal(refused.status, 403);
  const requestId = refused.headers.get("x-request-id");
  assert.ok(requestId, "the answer names its request");

  const { page, problems } = await open(browser);
  await setUp(page, given("SETUP_LINK"));
  await page.getByRole("button", { name: "Create owner and sign in" }).click();

  // By request id: what was recorded, and the same request now.
  await page.getByRole("link", { name: "Logs", exact: true }).click();
  await page.getByRole("textbox", { name: "Request id" }).fill(requestId);
  await page.getByRole("button", { name: "Explain" }).click();
  const recorded = page.getByTestId("recorded");
  await recorded.getByText("403, ip_not_allowed").waitFor();
  await page.locator("[data-testid=check-6][data-outcome=stopped]").waitFor();
  await page.locator("[data-testid=check-7][data-outcome=not_reached]").waitFor();
  await page.getByText("What to change:").waitFor();
  assert.equal(new URL(page.url()).searchParams.get("request_id"), requestId);
  await lookInEverySize(look, page, "explain-by-id");

  // Described, from the profile's menu: allowed from another address.
  await page.goto(`${given("CONSOLE")}/clients`);
  await page.getByRole("link", { name: given("CLIENT") }).click();
  const name = given("PROFILE");
  await profileCard(page, name).getByRole("button", { name: `More about ${name}` }).click();
  await page.getByRole("menuitem", { name: "Explain" }).click();
  await page.getByRole("textbox", { name: "Path or URL" }).fill(url);
  await page.getByRole("textbox", { name: "Source address" }).fill(given("ALLOWED_FROM"));
  await page.getByRole("button", { name: "Explain" }).click();
  await page.locator("[data-testid=explanation][data-outcome=admitted]").waitFor();
  await lookInEverySize(look, page, "explain-described");

  // With its token, from where it is refused; the token stands nowhere.
  await page.getByText("Auth token", { exact: true }).click();
  await page.getByLabel(/^Auth token/).last().fill(key);
  await page.getByRole("textbox", { name: "Path or URL" }).fill(`${url}?api_token=${key}`);
  await page.getByRole("textbox", { name: "Source address" }).fill("203.0.113.7");
  await page.getByRole("button", { name: "Explain" }).click();
  await page.locator("[data-testid=explanation][data-outcome=refused]").waitFor();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]));
  assert.ok(!kept.includes(key), "the token is in the URL or in storage");
  assert.deepEqual([...found, ...problems], []);
} catch (error) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await picture(page, "explain-failed").catch(() => {});
  }
  throw error;
} finally {
  await browser.close();
}
