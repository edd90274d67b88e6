// Each screen in light and dark, wide and narrow: no axe violation, no sideways scrolling, a picture kept.
import assert from "node:assert/strict";
import { given, launch, open, picture, SIZES, watcher } from "./browser.mjs";
import { profileCard } from "./steps.mjs";

const base = given("CONSOLE");
const browser = await launch();
const { found, look } = watcher();

async function dialog(page, name, size, openIt) {
  await openIt();
  await page.getByRole("dialog").waitFor();
  await look(page, name, size);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function outside(size) {
  const { context, page, problems } = await open(browser, size);
  await page.goto(`${base}/sign-in`);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await look(page, "sign-in", size);
  await page.getByRole("textbox", { name: "E-mail" }).fill("nobody@example.com");
  await page.getByLabel(/^Password/).first().fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await look(page, "sign-in-error", size);
  await page.goto(`${base}/setup#token=${"x".repeat(43)}`);
  await page.getByRole("button", { name: /sign in/ }).waitFor();
  await look(page, "set-up", size);
  found.push(...problems);
  await context.close();
}

async function inside(size) {
  const { context, page, problems } = await open(browser, { ...size, storageState: given("STORAGE_STATE") });
  await page.goto(`${base}/clients`);
  await page.getByRole("link", { name: "Harbor Bank" }).waitFor();
  await look(page, "clients", size);
  await page.getByRole("searchbox").fill("no such client");
  await page.getByRole("button", { name: "Clear the search" }).waitFor();
  await look(page, "clients-no-match", size);

  for (const tab of ["Dashboard", "API collections", "Policies", "Logs", "Settings"]) {
    await page.getByRole("link", { name: tab, exact: true }).click();
    await page.getByRole("heading", { name: tab }).first().waitFor();
    await look(page, `tab-${tab.toLowerCase().replace(" ", "-")}`, size);
  }

  await page.goto(`${base}/clients/new`);
  await page.getByRole("button", { name: "Next" }).click();
  await look(page, "wizard-details-errors", size);
  await page.getByRole("textbox", { name: "Name" }).fill("Another client");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("button", { name: "Create client" }).click();
  await look(page, "wizard-profile-errors", size);

  await page.goto(`${base}/clients`);
  await page.getByRole("button", { name: "Leave" }).click({ timeout: 1000 }).catch(() => {});
  await page.getByRole("link", { name: "Harbor Bank" }).click();
  await profileCard(page, "Night job").waitFor();
  await look(page, "client", size);
  const card = profileCard(page, "Night job");
  await dialog(page, "profile-edit", size, async () => {
    await page.getByRole("button", { name: "More about Night job" }).click();
    await page.getByRole("menuitem", { name: "Edit" }).click();
  });
  await dialog(page, "profile-delete", size, async () => {
    await page.getByRole("button", { name: "More about Night job" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
  });
  await dialog(page, "profile-counters", size, async () => {
    await page.getByRole("button", { name: "More about Night job" }).click();
    await page.getByRole("menuitem", { name: "Counters" }).click();
  });
  await dialog(page, "default-terms", size, () => page.getByRole("button", { name: "Set default terms" }).click());
  await dialog(page, "profile-refresh", size, () => card.getByRole("button", { name: "Refresh" }).click());
  await dialog(page, "profile-add", size, () => page.getByRole("button", { name: "Add access profile" }).click());
  await dialog(page, "client-edit", size, () => page.getByRole("button", { name: "Edit", exact: true }).click());
  await dialog(page, "client-delete", size, () => page.getByRole("button", { name: "Delete", exact: true }).click());
  await page.goto(`${base}/clients/999999`);
  await page.getByText("There is no such client").waitFor();
  await look(page, "client-not-found", size);
  found.push(...problems);
  await context.close();
}

try {
  for (const size of SIZES) {
    await outside(size);
    await inside(size);
  }
  assert.deepEqual(found, []);
} catch (error) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await picture(page, "screens-failed").catch(() => {});
  }
  throw error;
} finally {
  await browser.close();
}
