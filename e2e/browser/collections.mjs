// API collections: one made of an OpenAPI document, one by hand; endpoints, Try it, clients, settings, import, deletion,
// each step checked at the gateway; then each screen looked at in light and dark, wide and narrow.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; GATEWAY, its base URL; UPSTREAM, the base URL of an echoing service.
// Output: nothing; every step is asserted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { call, given, launch, open, picture, SIZES, watcher } from "./browser.mjs";
import { setUp, slide } from "./steps.mjs";

const base = given("CONSOLE");
const gateway = given("GATEWAY");
const upstream = given("UPSTREAM");
const browser = await launch();
const { found, look } = watcher();

const operation = (summary) => ({ summary, responses: { 200: { description: "fine" } } });
const document = {
  openapi: "3.1.0",
  info: { title: "Orders", version: "2.1", description: "What customers ordered" },
  servers: [{ url: upstream }],
  paths: {
    "/orders": {
      get: operation("List orders"),
      post: operation("Place an order"),
      trace: operation("Trace"),
    },
    "/orders/{id}": { get: operation("Get an order"), delete: operation("Cancel an order") },
  },
};
const file = (content) => ({
  name: "orders.json",
  mimeType: "application/json",
  buffer: Buffer.from(JSON.stringify(content)),
});

/** The element of this role and name that is on the screen; a row has its actions twice, for wide and for narrow. */
const shown = (page, role, name) =>
  page.getByRole(role, { name, exact: true }).filter({ visible: true });

/** What the page's owner does by the management API, as the console would. */
function post(page, path, body) {
  return page.evaluate(
    async ([to, json]) => {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(to, { method: "POST", headers, body: JSON.stringify(json) });
      if (!answer.ok) throw new Error(`${to}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()).data;
    },
    [path, body],
  );
}

async function makeFromDocument(page) {
  await page.getByRole("link", { name: "API collections", exact: true }).click();
  await page.getByRole("heading", { name: "No API collection yet" }).waitFor();
  await look(page, "collections-empty", SIZES[0]);
  await page.getByRole("link", { name: "New API collection" }).click();
  await page.getByRole("button", { name: "Paste it" }).click();
  await page.getByRole("textbox", { name: "OpenAPI document" }).fill("swagger: 2.0");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("The document is a Swagger 2.0 document: convert it").waitFor();
  await page.locator("input[type=file]").setInputFiles(file(document));
  await page.getByText("orders.json").waitFor();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("4 of 4 operations chosen").waitFor();
  await page.getByText("1 operation cannot be an endpoint").waitFor();
  await page.getByRole("checkbox", { name: "DELETE /orders/{id}" }).uncheck();
  await page.getByText("3 of 4 operations chosen").waitFor();
  await page.getByRole("button", { name: "Next" }).click();
  const details = [
    await page.getByRole("textbox", { name: "Name" }).inputValue(),
    await page.getByRole("textbox", { name: "Version" }).inputValue(),
    await page.getByRole("textbox", { name: "Upstream address 1" }).inputValue(),
  ];
  assert.deepEqual(details, ["Orders", "2.1", upstream]);
  await page.getByRole("button", { name: "Create collection" }).click();
  await page.getByRole("heading", { name: "Orders", exact: true }).waitFor();
  await page.getByText("0 of 3 endpoints active").waitFor();
  assert.equal(await page.getByTestId("collection-url").innerText(), `${gateway}/orders-v2-1`);
}

async function tryIt(page, credential, id) {
  await shown(page, "button", "Try it: Get an order").click();
  const dialog = page.getByRole("dialog", { name: "Try Get an order" });
  await dialog.getByLabel("Credential", { exact: true }).fill(credential);
  await dialog.getByRole("textbox", { name: "Path parameter id" }).fill(id);
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.getByTestId("try-answer").waitFor();
  return dialog;
}

async function switchOnAndTry(page, key) {
  const url = `${gateway}/orders-v2-1/orders/7`;
  assert.equal(await call(url, key), 404, "an imported endpoint starts inactive");
  await slide(page, "Get an order", true);
  assert.equal(await call(url, key), 200);

  let dialog = await tryIt(page, "not a credential", "7");
  await dialog.locator("[data-testid=try-answer][data-status='401']").waitFor();
  await dialog.getByText("It was refused").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });

  dialog = await tryIt(page, key, "7");
  await dialog.locator("[data-testid=try-answer][data-status='200']").waitFor();
  assert.match(
    await dialog.getByTestId("try-body").innerText(),
    /orders\/7/,
    "the upstream's own answer",
  );
  await dialog.getByRole("link", { name: "Explain" }).click();
  await page.locator("[data-testid=recorded][data-status='200']").waitFor();
  await page.goBack();
  await page.getByRole("table", { name: "Endpoints" }).waitFor();
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]),
  );
  assert.ok(!kept.includes(key), "the credential is kept somewhere");
}

async function changeEndpoints(page, key) {
  await page.getByRole("button", { name: "Add endpoint" }).click();
  let dialog = page.getByRole("dialog", { name: "Add endpoint" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Lines of an order");
  await dialog.getByRole("textbox", { name: "Path", exact: true }).fill("/orders/{order}");
  await dialog.getByRole("button", { name: "Add endpoint" }).click();
  await dialog.locator("[aria-invalid=true]").waitFor();
  await dialog.getByRole("textbox", { name: "Path", exact: true }).fill("/orders/{id}/lines");
  await dialog.getByText(`${gateway}/orders-v2-1/orders/{id}/lines`).waitFor();
  await dialog.getByRole("button", { name: "Add endpoint" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("1 of 4 endpoints active").waitFor();

  await shown(page, "button", "Edit Lines of an order").click();
  dialog = page.getByRole("dialog", { name: "Edit Lines of an order" });
  await dialog.getByRole("textbox", { name: "Description" }).fill("With their prices");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("With their prices").waitFor();

  await page.getByRole("button", { name: "Activate all" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Activate all" }).click();
  await page.getByText("4 of 4 endpoints active").waitFor();
  assert.equal(await call(`${gateway}/orders-v2-1/orders/7/lines`, key), 200);

  await shown(page, "button", "Delete Lines of an order").click();
  const doomed = page.getByRole("dialog", { name: "Delete the endpoint" });
  await doomed.getByRole("textbox", { name: "Type the name to confirm" }).fill("Lines of an order");
  await doomed.getByRole("button", { name: "Delete endpoint" }).click();
  await page.getByText("3 of 3 endpoints active").waitFor();
  assert.equal(await call(`${gateway}/orders-v2-1/orders/7/lines`, key), 404);
}

async function changeSettings(page, key) {
  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByRole("textbox", { name: "Path", exact: true }).fill("all-orders");
  await page.getByText("The URL changes").waitFor();
  await page.getByRole("switch", { name: /Web pages of other origins/ }).click();
  await page.getByRole("combobox", { name: "Origins" }).fill("not an origin");
  await page.getByRole("combobox", { name: "Origins" }).press("Enter");
  // Half-done work is not left by accident.
  await page.getByRole("tab", { name: "Clients" }).click();
  await page
    .getByRole("dialog", { name: "Leave without saving?" })
    .getByRole("button", { name: "Stay" })
    .click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/^Number 1: /).waitFor();
  await page.getByRole("combobox", { name: "Origins" }).press("Backspace");
  await page.getByRole("combobox", { name: "Origins" }).fill("https://app.example.com");
  await page.getByRole("combobox", { name: "Origins" }).press("Enter");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Everything is saved.").waitFor();
  const calls = ["orders-v2-1", "all-orders"].map((path) =>
    call(`${gateway}/${path}/orders/7`, key),
  );
  assert.deepEqual(await Promise.all(calls), [404, 200]);
  const preflight = await fetch(`${gateway}/all-orders/orders`, {
    method: "OPTIONS",
    headers: { Origin: "https://app.example.com", "Access-Control-Request-Method": "GET" },
  });
  assert.equal(preflight.headers.get("access-control-allow-origin"), "https://app.example.com");
}

async function download(page) {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download OpenAPI" }).click(),
  ]);
  assert.equal(file.suggestedFilename(), "all-orders.openapi.json");
  const exported = JSON.parse(readFileSync(await file.path(), "utf8"));
  assert.deepEqual(Object.keys(exported.paths).sort(), ["/orders", "/orders/{id}"]);
}

async function importAgain(page) {
  await page.getByRole("button", { name: "More about Orders 2.1" }).click();
  await page.getByRole("menuitem", { name: "Import OpenAPI" }).click();
  const dialog = page.getByRole("dialog", { name: "Import OpenAPI into Orders 2.1" });
  const { post: _, ...orders } = document.paths["/orders"];
  const next = { ...document, paths: { ...document.paths, "/orders": orders } };
  await dialog.locator("input[type=file]").setInputFiles(file(next));
  await dialog.getByRole("checkbox", { name: /Delete endpoints/ }).check();
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await dialog.getByText("1 endpoint added, 0 updated, 1 deleted, 2 unchanged.").waitFor();
  await dialog.getByText("DELETE /orders/{id}").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
}

async function makeByHand(page) {
  await page.goto(`${base}/collections/new`);
  await page.getByRole("radio", { name: /By hand/ }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Orders");
  await page.getByRole("textbox", { name: "Version" }).fill("2.1");
  await page.getByRole("textbox", { name: "Upstream address 1" }).fill(upstream);
  await page.getByRole("button", { name: "Create collection" }).click();
  await page.locator("[aria-invalid=true]").waitFor();
  await page.getByRole("textbox", { name: "Name" }).fill("Quotes");
  await page.getByRole("button", { name: "Create collection" }).click();
  await page.getByRole("heading", { name: "Quotes", exact: true }).waitFor();
  await page.getByRole("heading", { name: "No endpoint yet" }).waitFor();
  await page.getByRole("tab", { name: "Clients" }).click();
  await page.getByRole("heading", { name: "No client has it yet" }).waitFor();
}

/** Search, order and page stand in the URL, and come back from it. */
async function useList(page, key) {
  await page.goto(`${base}/collections`);
  const names = () => page.getByRole("table").getByRole("link").allInnerTexts();
  await page.getByRole("link", { name: "Quotes", exact: true }).waitFor();
  assert.deepEqual(await names(), ["Orders", "Quotes"]);
  await page.getByRole("button", { name: "Collection" }).click();
  await page.waitForURL(/sort=-name/);
  await page.waitForFunction(() => document.querySelector("tbody a")?.textContent === "Quotes");
  await page.getByRole("searchbox").fill("order");
  await page.waitForURL(/q=order/);
  await page.getByRole("link", { name: "Quotes", exact: true }).waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("link", { name: "Orders", exact: true }).waitFor();
  assert.deepEqual(await names(), ["Orders"]);
  await page.getByRole("button", { name: "Copy URL of Orders 2.1" }).click();
  await page.getByText("Copied").first().waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${gateway}/all-orders`);
  await page.goto(`${base}/collections?per_page=10&page=2`);
  await page.getByRole("combobox", { name: "Rows on a page" }).waitFor();
  await page.goto(`${base}/collections`);
  await slide(page, "Orders 2.1", false);
  assert.equal(await call(`${gateway}/all-orders/orders/7`, key), 404);
  await slide(page, "Orders 2.1", true);
  assert.equal(await call(`${gateway}/all-orders/orders/7`, key), 200);
}

/** Each screen in one size and colour scheme. */
async function screens(storageState, size, key, address) {
  const { context, page, problems } = await open(browser, { ...size, storageState });
  await page.goto(`${base}/collections`);
  await page.getByRole("link", { name: "Orders", exact: true }).waitFor();
  await look(page, "collections", size);

  await page.goto(`${base}/collections/new`);
  await page.locator("input[type=file]").setInputFiles(file(document));
  await page.getByText("orders.json").waitFor();
  await look(page, "collection-wizard-document", size);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("4 of 4 operations chosen").waitFor();
  await look(page, "collection-wizard-endpoints", size);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("");
  await page.getByRole("button", { name: "Create collection" }).click();
  await page.getByText("Give the collection a name").waitFor();
  await look(page, "collection-wizard-details", size);

  await page.goto(address);
  await page.getByRole("table", { name: "Endpoints" }).waitFor();
  await look(page, "collection-endpoints", size);
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Add endpoint" }).click();
  await look(page, "endpoint-add", size);
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const dialog = await tryIt(page, key, "7");
  await look(page, "endpoint-try", size);
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });

  await page.getByRole("tab", { name: "Clients" }).click();
  await page.getByRole("link", { name: "Harbor Bank" }).waitFor();
  await page
    .getByText(/last used/)
    .filter({ visible: true })
    .first()
    .waitFor();
  await look(page, "collection-clients", size);
  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByText("Everything is saved.").waitFor();
  await look(page, "collection-settings", size);
  await page.getByRole("button", { name: "More about Orders 2.1" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByTestId("what-breaks").waitFor();
  await look(page, "collection-delete", size);
  found.push(...problems);
  await context.close();
}

async function deleteIt(page, key, address) {
  await page.goto(address);
  await page.getByRole("button", { name: "More about Orders 2.1" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the API collection" });
  await dialog
    .getByText("In the last 24 hours one of them has called: Harbor Bank / Shop.")
    .waitFor();
  await dialog
    .getByText("Left with no collection, and so with nothing to call: Harbor Bank / Shop.")
    .waitFor();
  await dialog.getByRole("textbox", { name: "Type the name to confirm" }).fill("Orders");
  await dialog.getByRole("button", { name: "Delete collection" }).click();
  await page.getByRole("heading", { name: "API collections" }).waitFor();
  await page.getByRole("link", { name: "Orders", exact: true }).waitFor({ state: "detached" });
  assert.equal(await call(`${gateway}/all-orders/orders/7`, key), 404);
}

try {
  const { context, page, problems } = await open(browser);
  await setUp(page, given("SETUP_LINK"));
  await page.getByRole("button", { name: "Create owner and sign in" }).click();
  await page.getByRole("link", { name: "API collections", exact: true }).waitFor();
  await makeFromDocument(page);
  const address = page.url();
  const collection = Number(new URL(address).pathname.split("/").pop());
  const client = await post(page, "/api/v2/api_clients", { name: "Harbor Bank" });
  const body = { name: "Shop", active: true, auth_type: "token", api_collection_ids: [collection] };
  const profile = await post(page, `/api/v2/api_clients/${client.id}/api_keys`, body);
  const key = profile.auth_token;
  await switchOnAndTry(page, key);
  await changeEndpoints(page, key);
  await changeSettings(page, key);
  await download(page);
  await importAgain(page);
  await makeByHand(page);
  await useList(page, key);
  found.push(...problems);
  const storageState = await context.storageState();
  for (const size of SIZES) await screens(storageState, size, key, address);
  await deleteIt(page, key, address);
  assert.deepEqual(found, []);
} catch (error) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await picture(page, "collections-failed").catch(() => {});
  }
  throw error;
} finally {
  await browser.close();
}
