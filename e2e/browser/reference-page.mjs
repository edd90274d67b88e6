// The reference page of the API: for who is signed in, from this server alone, accessible in light and dark, wide and narrow.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM.
// Output: nothing; what is wrong is asserted.
import assert from "node:assert/strict";
import { join } from "node:path";
import { accessibilityProblems, given, launch, open, overflow, SIZES } from "./browser.mjs";
import { setUp } from "./steps.mjs";

const base = given("CONSOLE");
const browser = await launch();
try {
  const first = await open(browser);
  await setUp(first.page, given("SETUP_LINK"));
  await first.page.getByRole("button", { name: "Create owner and sign in" }).click();
  await first.page.getByRole("link", { name: "Clients", exact: true }).waitFor();
  const storageState = await first.context.storageState();

  const found = [];
  for (const size of SIZES) {
    const { context, page, problems } = await open(browser, { ...size, storageState });
    const elsewhere = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(base)) elsewhere.push(request.url());
    });
    await page.goto(`${base}/docs`);
    await page.getByRole("heading", { name: "Portcullis management API" }).waitFor();
    await page.getByText("Access policies", { exact: true }).first().click();
    await page.getByRole("navigation").getByRole("link", { name: "Create an access policy" }).click();
    await page.getByRole("heading", { name: "Create an access policy" }).waitFor();
    assert.equal(new URL(page.url()).hash, "#create_policy");
    assert.equal(await overflow(page), 0);
    // The whole page is higher than a picture can be.
    await page.screenshot({ path: join(given("ARTIFACTS"), `reference-page-${size.width}-${size.scheme}.png`) });
    // axe takes minutes over a page of this length, and every section is made alike: two of them, and some schemas.
    await page.evaluate(() => {
      const sections = [...document.querySelectorAll("main > section")];
      for (const section of sections.slice(2, -1)) section.remove();
      for (const schema of [...document.querySelectorAll(".schema")].slice(20)) schema.remove();
    });
    found.push(...(await accessibilityProblems(page)));
    assert.deepEqual(elsewhere, []);
    found.push(...problems);
    await context.close();
  }
  assert.deepEqual(found, []);
} finally {
  await browser.close();
}
