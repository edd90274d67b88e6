// Settings > Certificates and the mutual TLS fields: a bundle from a file, a profile that asks for it, and each screen
// looked at in light and dark, wide and narrow.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; CLIENT and PROFILE by name; CA, LEAF and PRIVATE_KEY, files with an
//   authority, a certificate that it issued for O=Northwind, and a private key; CALL_PATH, a call of the profile.
// Output: nothing; every step is asserted on the screen. The profile asks for certificates of the authority.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { accessibilityProblems, given, launch, open, overflow, picture } from "./browser.mjs";
import { choose, profileCard, setUp } from "./steps.mjs";

const base = given("CONSOLE");
const browser = await launch();
const found = [];

async function look(page, name, size) {
  const title = `${name}-${size.width}-${size.scheme}`;
  for (const problem of await accessibilityProblems(page)) found.push(`${title}: ${problem}`);
  const pixels = await overflow(page);
  if (pixels > 0) found.push(`${title}: ${pixels} px wider than the screen`);
  await picture(page, title);
}

async function addBundle(page) {
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("link", { name: "Certificates" }).click();
  await page.getByRole("heading", { name: "No certificate bundle yet" }).waitFor();
  await look(page, "certificates-empty", { width: 1280, scheme: "light" });
  await page.getByRole("button", { name: "Add certificate bundle" }).click();
  const dialog = page.getByRole("dialog", { name: "Add certificate bundle" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Northwind");
  const text = dialog.getByRole("textbox", { name: "Certificates" });
  // A certificate that is none of an authority, and a private key, are told of while the dialog is open.
  await text.fill(readFileSync(given("LEAF"), "utf8"));
  await dialog.getByText(/not one of an authority/).waitFor();
  await text.fill(readFileSync(given("PRIVATE_KEY"), "utf8"));
  await dialog.getByText(/this is a private key/).waitFor();
  await dialog.getByRole("button", { name: "Clear" }).click();
  await dialog.locator("input[type=file]").setInputFiles(given("CA"));
  await dialog.getByText("What would be trusted: 1 certificate").waitFor();
  assert.equal((await text.inputValue()).trim(), readFileSync(given("CA"), "utf8").trim());
  await look(page, "certificates-add", { width: 1280, scheme: "light" });
  await dialog.getByRole("button", { name: "Add bundle" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("table", { name: "Certificate bundles" }).getByText("Northwind", { exact: true }).waitFor();
}

async function editProfile(page) {
  const name = given("PROFILE");
  await page.goto(`${base}/clients`);
  await page.getByRole("link", { name: given("CLIENT") }).click();
  await profileCard(page, name).getByRole("button", { name: `More about ${name}` }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  return page.getByRole("dialog", { name: `Edit ${name}` });
}

async function askForCertificates(page) {
  const dialog = await editProfile(page);
  await dialog.getByRole("switch", { name: /^Mutual TLS/ }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Choose at least one certificate bundle").waitFor();
  await choose(page, "Certificate bundles", ["Northwind"]);
  await dialog.getByRole("combobox", { name: "Certificate bundles" }).press("Tab");
  const rule = dialog.getByRole("textbox", { name: "Rule on the certificate" });
  await rule.fill("O=Northwind, san.dns=x");
  await dialog.getByText(/^Character 14: Unknown field/).waitFor();
  await rule.fill("O=Northwind,SAN.DNS=*.northwind.example");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await profileCard(page, given("PROFILE"))
    .getByText("And a client certificate of 1 certificate bundle, with O=Northwind,SAN.DNS=*.northwind.example")
    .waitFor();
}

async function explain(page) {
  await page.goto(`${base}/logs/explain?method=GET&url=${encodeURIComponent(given("CALL_PATH"))}`);
  await choose(page, "Client", [given("CLIENT")]);
  await choose(page, "Access profile", [given("PROFILE")]);
  await page.getByRole("button", { name: "Explain" }).click();
  await page.locator("[data-testid=check-4][data-outcome=stopped]").waitFor();
  await page.getByRole("button", { name: "Client certificate" }).click();
  await page.getByRole("textbox", { name: "Client certificate" }).fill(readFileSync(given("LEAF"), "utf8"));
  await page.getByRole("button", { name: "Explain" }).click();
  const check = page.locator("[data-testid=check-4][data-outcome=passed]");
  await check.waitFor();
  await check.getByText(/Northwind: trusted/).waitFor();
}

async function renameAndTryToDelete(page) {
  await page.goto(`${base}/settings/certificates`);
  await page.getByRole("button", { name: "Edit Northwind" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit Northwind" });
  await dialog.getByText("Trusted now: 1 certificate").waitFor();
  await dialog.getByRole("textbox", { name: "Name" }).fill("Northwind of 2026");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete Northwind of 2026" }).click();
  const confirm = page.getByRole("dialog", { name: "Delete the certificate bundle" });
  await confirm.getByRole("button", { name: "Delete bundle" }).click();
  await confirm.getByText(`Still used by ${given("CLIENT")} / ${given("PROFILE")}.`).waitFor();
  await confirm.getByRole("button", { name: "Cancel" }).click();
}

/** Each screen once more in one size and colour scheme. */
async function screens(storageState, size) {
  const { context, page, problems } = await open(browser, { ...size, storageState });
  await page.goto(`${base}/settings/certificates`);
  await page.getByRole("button", { name: "Edit Northwind of 2026" }).waitFor();
  await look(page, "certificates", size);
  await page.getByRole("button", { name: "Edit Northwind of 2026" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Replace the certificates" }).click();
  await dialog.locator("input[type=file]").setInputFiles(given("CA"));
  await dialog.getByText("What would be trusted: 1 certificate").waitFor();
  await look(page, "certificates-edit", size);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete Northwind of 2026" }).click();
  await dialog.waitFor();
  await look(page, "certificates-delete", size);
  const form = await editProfile(page);
  await form.getByRole("textbox", { name: "Rule on the certificate" }).scrollIntoViewIfNeeded();
  await look(page, "profile-mtls", size);
  found.push(...problems);
  await context.close();
}

try {
  const { context, page, problems } = await open(browser);
  await setUp(page, given("SETUP_LINK"));
  await page.getByRole("button", { name: "Create owner and sign in" }).click();
  await page.getByRole("link", { name: given("CLIENT") }).waitFor();
  await addBundle(page);
  await askForCertificates(page);
  await explain(page);
  await renameAndTryToDelete(page);
  found.push(...problems);
  const storageState = await context.storageState();
  for (const width of [1280, 390]) {
    for (const scheme of ["light", "dark"]) await screens(storageState, { width, scheme });
  }
  assert.deepEqual(found, []);
} catch (error) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await picture(page, "certificates-failed").catch(() => {});
  }
  throw error;
} finally {
  await browser.close();
}
