// An empty workspace leads, step by step, to its first successful call; then everything is found by the global search.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; UPSTREAM, the base URL of a service. The workspace is empty.
// Output: nothing; every step is asserted on the screen and at the gateway.
import assert from "node:assert/strict";
import { call, given } from "./browser.mjs";
import { scenario } from "./scenario.mjs";
import { choose, shownCredential, slide } from "./steps.mjs";

const stepIs = (page, step, state) => page.locator(`[data-testid=step-${step}][data-state=${state}]`).waitFor();

async function toSteps(page) {
  await page.getByRole("button", { name: "User menu" }).click();
  await page.getByRole("menuitem", { name: "First steps" }).click();
  await page.getByRole("heading", { name: "First steps" }).waitFor();
}

async function publish(page) {
  await page.getByRole("link", { name: "Add API collection" }).click();
  await page.getByText("By hand", { exact: true }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Orders");
  await page.getByRole("textbox", { name: "Upstream address 1" }).fill(given("UPSTREAM"));
  await page.getByRole("button", { name: "Create collection" }).click();
  await page.getByRole("heading", { name: "Orders", exact: true }).waitFor();
}

async function switchOn(page) {
  await page.getByRole("link", { name: "Open Orders" }).click();
  await page.getByRole("button", { name: "Add endpoint" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("List orders");
  await dialog.getByRole("textbox", { name: "Path", exact: true }).fill("orders");
  await dialog.getByRole("button", { name: "Add endpoint" }).click();
  await dialog.waitFor({ state: "detached" });
  const slider = page.getByRole("switch", { name: "Enabled: List orders" });
  await slider.waitFor();
  if (!(await slider.isChecked())) await slide(page, "List orders", true);
}

async function addClient(page) {
  await page.getByRole("link", { name: "Add new client" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Harbor Bank");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Night job");
  await choose(page, "API collections", [/^Orders/]);
  await page.getByRole("button", { name: "Create client" }).click();
  const key = await shownCredential(page);
  await page.getByRole("button", { name: "I have stored it" }).click();
  return key;
}

async function find(page, text, group, name) {
  await page.getByRole("button", { name: "User menu" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search everything" }).fill(text);
  await page.getByRole("group", { name: group }).getByRole("option", { name }).waitFor();
}

await scenario(
  "first-steps",
  async ({ page, look }) => {
    await page.getByRole("heading", { name: "First steps" }).waitFor();
    await stepIs(page, "collection", "open");
    await look(page, "first-steps-empty");
    await publish(page);
    await toSteps(page);
    await stepIs(page, "collection", "done");
    await stepIs(page, "endpoint", "open");
    await switchOn(page);
    await toSteps(page);
    await stepIs(page, "client", "open");
    const key = await addClient(page);
    await toSteps(page);
    await stepIs(page, "enable", "open");
    await page.getByRole("link", { name: "Open Harbor Bank" }).click();
    await slide(page, "Night job", true);
    await toSteps(page);
    await stepIs(page, "call", "open");
    const line = await page.locator("pre").filter({ hasText: "curl" }).innerText();
    await look(page, "first-steps-call");
    const [, url] = line.match(/'(http[^']+)'/);
    assert.equal(await call(url, key), 200, line);
    await page.getByText("The first call arrived").waitFor();
    await look(page, "first-steps-done");

    await find(page, "orders", "Endpoints", /List orders/);
    await find(page, "night", "Access profiles", /Night job/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Harbor Bank" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search everything" }).fill("zebra crossing");
    await page.getByText('Nothing here has "zebra crossing" in its name.').waitFor();
    await page.keyboard.press("Escape");
  },
  () => [
    ["first-steps", "/start", (page) => stepIs(page, "call", "done")],
    ["search", "/clients", (page) => find(page, "or", "API collections", /Orders/)],
  ],
);
