// Settings > General, Nodes and Audit log: address, proxies and sessions are changed, the change is in the audit log with
// before and after, a node says which revision it uses, and calls that a crash stranded are handed back.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; CLIENT and PROFILE by name: the profile has a usage quota of which a
//   crash stranded calls.
// Output: nothing; every step is asserted.
import assert from "node:assert/strict";
import { given } from "./browser.mjs";
import { openPart, scenario } from "./scenario.mjs";

async function changeSettings(page) {
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("textbox", { name: "Public address" }).fill("https://api.example.com");
  await page.getByRole("textbox", { name: "Prefix" }).fill("acme");
  await page.getByText("https://api.example.com/acme/<collection>").waitFor();
  const proxies = page.getByRole("textbox", { name: "Trusted proxies" });
  await proxies.fill("10.1.2.3/8");
  await proxies.press("Enter");
  await page.getByText("10.1.2.3/8 means 10.0.0.0/8").waitFor();
  await page.getByRole("textbox", { name: "Ends unused after (minutes)" }).fill("1");
  await page.getByRole("switch", { name: /^Refuse calls when the configuration is too old/ }).click();
  await page.getByTestId("max-age-in-words").getByText(/After 1 hour without/).waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("[aria-invalid=true]").first().waitFor();
  await page.getByRole("textbox", { name: "Ends unused after (minutes)" }).fill("60");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Everything is saved.").waitFor();
}

async function readAudit(page, look) {
  await openPart(page, "Audit log");
  await page.getByRole("combobox", { name: "What was changed" }).selectOption("settings");
  const entry = page.getByTestId("audit-entry").first();
  await entry.getByText(/^Settings updated/).waitFor();
  await entry.getByText(/^By owner@example.com from 127\.0\.0\.1/).waitFor();
  await entry.getByRole("button", { name: /^Before and after/ }).click();
  const row = entry.getByRole("row", { name: /^session_idle_minutes/ });
  assert.deepEqual(await row.getByRole("cell").allInnerTexts(), ["session_idle_minutes", "720", "60"]);
  assert.match(page.url(), /resource_type=settings/);
  await page.getByRole("searchbox", { name: "Search by who did it" }).fill("nobody-of-that-name");
  await page.getByRole("heading", { name: "Nothing here" }).waitFor();
  await page.getByRole("button", { name: "Clear the filters" }).first().click();
  await page.getByText(new RegExp(`: ${given("CLIENT")}$`)).first().waitFor();
}

async function handBack(page, look) {
  await openPart(page, "Nodes");
  await page.getByTestId("node-revision").getByText(/up to date/).waitFor();
  await page.getByText(/stranded by a crash$/).waitFor();
  await look(page, "nodes-stranded");
  await page.getByRole("button", { name: `Hand back those of ${given("PROFILE")}` }).click();
  const dialog = page.getByRole("dialog", { name: "Hand stranded calls back" });
  await look(page, "nodes-hand-back");
  await dialog.getByRole("button", { name: "Hand back" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText(/stranded by a crash$/).waitFor({ state: "detached" });
}

await scenario(
  "general",
  async ({ page, look }) => {
    await changeSettings(page);
    await readAudit(page, look);
    await handBack(page, look);
  },
  () => [
    ["settings-general", "/settings", (page) => page.getByRole("button", { name: "Save" }).waitFor()],
    ["nodes", "/settings/nodes", (page) => page.getByTestId("node-revision").waitFor()],
    [
      "audit",
      "/settings/audit?resource_type=settings",
      async (page) => {
        await page.getByRole("button", { name: /^Before and after/ }).first().click();
        await page.getByRole("table", { name: "Before and after" }).waitFor();
      },
    ],
  ],
);
