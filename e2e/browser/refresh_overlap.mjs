// Refreshes an auth token with an overlap, sees that the old one is still in use, and finishes it.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; CLIENT and PROFILE by name; URL, a call the profile may make;
//   OLD_KEY, its present token. The profile is enabled.
// Output: nothing; every step is asserted at the gateway and on the screen.
import assert from "node:assert/strict";
import { call, given, launch, open, picture, watcher } from "./browser.mjs";
import { lookInEverySize } from "./scenario.mjs";
import { profileCard, setUp, shownCredential } from "./steps.mjs";

const url = given("URL");
const old = given("OLD_KEY");
const browser = await launch();
const { found, look } = watcher();
try {
  const { page, problems } = await open(browser);
  await setUp(page, given("SETUP_LINK"));
  await page.getByRole("button", { name: "Create owner and sign in" }).click();
  await page.getByRole("link", { name: given("CLIENT") }).click();
  const card = profileCard(page, given("PROFILE"));
  await card.getByRole("button", { name: "Refresh" }).click();
  const dialog = page.getByRole("dialog", { name: "Refresh the API key" });
  await dialog.getByText("The old one ends at once").waitFor();
  await dialog.getByRole("radio", { name: "With overlap" }).check();
  await dialog.getByText("Both work until then").waitFor();
  await lookInEverySize(look, page, "overlap-dialog");
  await dialog.getByRole("button", { name: "Refresh" }).click();
  const fresh = await shownCredential(page);
  assert.notEqual(fresh, old);
  await page.getByRole("button", { name: "I have stored it" }).click();

  assert.deepEqual([await call(url, old), await call(url, fresh)], [200, 200], "both work");
  const strip = card.getByTestId("previous-credential");
  await strip.getByText(/works until/).waitFor();
  // The card is read anew every ten seconds; what it says of the old one's last use comes from the gateway.
  await strip.getByText(/; last used \d/).waitFor({ timeout: 30_000 });
  await lookInEverySize(look, page, "overlap-in-use");

  await strip.getByRole("button", { name: "Finish now" }).click();
  await page.getByRole("dialog", { name: "End the old credential" }).getByRole("button", { name: "End it now" }).click();
  await strip.waitFor({ state: "detached" });
  assert.deepEqual([await call(url, old), await call(url, fresh)], [401, 200], "the old one has ended");
  assert.deepEqual([...found, ...problems], []);
} catch (error) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await picture(page, "overlap-failed").catch(() => {});
  }
  throw error;
} finally {
  await browser.close();
}
