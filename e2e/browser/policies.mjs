// Policies: one made with its preview in words, found again, changed; in use it cannot be deleted, and says by whom;
// its limit holds at the gateway. Then each screen is looked at in light and dark, wide and narrow.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; CLIENT and PROFILE by name, KEY and URL of a call of that profile.
// Output: nothing; every step is asserted.
import assert from "node:assert/strict";
import { call, given, launch, open, picture, SIZES, watcher } from "./browser.mjs";
import { choose, profileCard, setUp } from "./steps.mjs";

const base = given("CONSOLE");
const browser = await launch();
const { found, look } = watcher();

async function add(page) {
  await page.getByRole("link", { name: "Policies", exact: true }).click();
  await page.getByRole("heading", { name: "No policy yet" }).waitFor();
  await look(page, "policies-empty", SIZES[0]);
  await page.getByRole("button", { name: "Add policy" }).click();
  const dialog = page.getByRole("dialog", { name: "Add policy" });
  const words = dialog.getByTestId("limits-in-words");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Partners");
  await dialog.getByRole("textbox", { name: "Rate limit: calls" }).fill("6");
  await dialog.getByRole("textbox", { name: "Usage quota: calls" }).fill("1000");
  assert.equal(await words.innerText(), "At most 6 calls in any minute and 1,000 in 30 days for each profile.");
  await dialog.getByRole("checkbox", { name: "Usage quota: no limit" }).check();
  assert.equal(await words.innerText(), "At most 6 calls in any minute for each profile.");
  await dialog.getByRole("checkbox", { name: "Usage quota: no limit" }).uncheck();
  await dialog.getByRole("button", { name: "Add policy" }).click();
  await dialog.waitFor({ state: "detached" });
  const row = page.getByRole("row", { name: /Partners/ });
  await row.getByText("At most 6 calls in any minute and 1,000 in 30 days for each profile").waitFor();
  await row.getByText("Nobody", { exact: true }).waitFor();
}

async function refuseASecondOne(page) {
  await page.getByRole("button", { name: "Add policy" }).click();
  const dialog = page.getByRole("dialog", { name: "Add policy" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("PARTNERS");
  await dialog.getByRole("textbox", { name: "Rate limit: calls" }).fill("1");
  await dialog.getByRole("checkbox", { name: "Usage quota: no limit" }).check();
  await dialog.getByRole("button", { name: "Add policy" }).click();
  await dialog.locator("input[aria-invalid=true]").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
}

async function giveToProfile(page) {
  const name = given("PROFILE");
  await page.goto(`${base}/clients`);
  await page.getByRole("link", { name: given("CLIENT") }).click();
  await profileCard(page, name).getByRole("button", { name: `More about ${name}` }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await choose(page, "Policy", [/Partners/]);
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const statuses = [];
  for (let at = 0; at < 7; at += 1) statuses.push(await call(given("URL"), given("KEY")));
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 429]);
}

async function change(page) {
  await page.goto(`${base}/policies`);
  await page.getByRole("row", { name: /Partners/ }).getByText("1 profile", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Edit Partners" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit Partners" });
  await dialog.getByRole("combobox", { name: "Usage quota: period" }).selectOption("month");
  await dialog.getByText("The quota's period starts at 0").waitFor();
  await dialog.getByRole("combobox", { name: "Usage quota: period" }).selectOption("30 days");
  await dialog.getByRole("textbox", { name: "Rate limit: calls" }).fill("60");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal(await call(given("URL"), given("KEY")), 200, "the new limit is in force at once");
}

async function openDeletion(page) {
  await page.getByRole("button", { name: "Delete Partners" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the policy" });
  await dialog.getByText(/is used by 1 profile, and can be deleted once/).waitFor();
  await dialog.getByRole("button", { name: "Delete policy" }).click();
  await dialog.getByText(`Still used by ${given("CLIENT")} / ${given("PROFILE")}.`).waitFor();
  return dialog;
}

async function deleteUnused(page) {
  await page.getByRole("button", { name: "Add policy" }).click();
  const dialog = page.getByRole("dialog", { name: "Add policy" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Unused");
  await dialog.getByRole("textbox", { name: "Usage quota: calls" }).fill("10");
  await dialog.getByRole("checkbox", { name: "Rate limit: no limit" }).check();
  await dialog.getByRole("button", { name: "Add policy" }).click();
  await page.getByRole("button", { name: "Delete Unused" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete policy" }).click();
  await page.getByRole("row", { name: /Unused/ }).waitFor({ state: "detached" });
}

/** Each screen in one size and colour scheme. */
async function screens(storageState, size) {
  const { context, page, problems } = await open(browser, { ...size, storageState });
  await page.goto(`${base}/policies`);
  await page.getByRole("button", { name: "Edit Partners" }).waitFor();
  await look(page, "policies", size);
  await page.getByRole("button", { name: "Edit Partners" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit Partners" });
  await dialog.getByRole("combobox", { name: "Usage quota: period" }).selectOption("year");
  await look(page, "policy-edit", size);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await openDeletion(page);
  await look(page, "policy-delete", size);
  found.push(...problems);
  await context.close();
}

try {
  const { context, page, problems } = await open(browser);
  await setUp(page, given("SETUP_LINK"));
  await page.getByRole("button", { name: "Create owner and sign in" }).click();
  await page.getByRole("link", { name: given("CLIENT") }).waitFor();
  await add(page);
  await refuseASecondOne(page);
  await giveToProfile(page);
  await change(page);
  const dialog = await openDeletion(page);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await deleteUnused(page);
  found.push(...problems);
  const storageState = await context.storageState();
  for (const size of SIZES) await screens(storageState, size);
  assert.deepEqual(found, []);
} catch (error) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await picture(page, "policies-failed").catch(() => {});
  }
  throw error;
} finally {
  await browser.close();
}
