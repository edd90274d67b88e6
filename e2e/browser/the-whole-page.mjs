// One run of the page this product is modelled on: from the set-up link to a client with two profiles,
// each step checked at the gateway.
import assert from "node:assert/strict";
import { call, given, launch, open, picture, watcher } from "./browser.mjs";
import { lookInEverySize } from "./scenario.mjs";
import { choose, profileCard, setUp, shownCredential, signIn, signOut, slide } from "./steps.mjs";

const base = given("CONSOLE");
const quotes = given("QUOTES_URL");
const orders = given("ORDERS_URL");
const browser = await launch();
const { found, look } = watcher();
try {
  const { context, page, problems } = await open(browser);
  const scripts = new Set();
  page.on("request", (request) => {
    if (/\/assets\/.*\.(js|css)$/.test(request.url())) scripts.add(request.url());
  });

  // No owner yet: any page leads to the set-up link.
  await page.goto(`${base}/clients`);
  await page.getByRole("heading", { name: "Open the set-up link" }).waitFor();
  await lookInEverySize(look, page, "no-owner-yet");
  await setUp(page, given("SETUP_LINK"));
  await lookInEverySize(look, page, "set-up-owner");
  // What was loaded up to here is a part of the console only, and comes compressed.
  let bytes = 0;
  for (const url of scripts) {
    const answer = await fetch(url, { headers: { "accept-encoding": "gzip" } });
    assert.equal(answer.headers.get("content-encoding"), "gzip", url);
    bytes += (await answer.arrayBuffer()).byteLength;
  }
  assert.ok(bytes > 100_000 && bytes < 1_000_000, `${bytes} bytes of scripts and styles`);
  await page.getByRole("button", { name: "Create owner and sign in" }).click();
  await page.getByText("No client yet").waitFor();
  await lookInEverySize(look, page, "clients-empty");

  // Add new client: name, description, logo; first profile; credential once.
  await page.getByRole("button", { name: "Add new client" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Harbor Bank");
  await page.getByRole("textbox", { name: "Description" }).fill("Payments team");
  await page.locator("input[type=file]").setInputFiles(given("LOGO"));
  await picture(page, "run-2-details");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Ledger program");
  await choose(page, "API collections", [/Quotes/]);
  await picture(page, "run-3-profile");
  await page.getByRole("button", { name: "Create client" }).click();
  const first = await shownCredential(page);
  assert.match(first, /^pc_[0-9A-Za-z]{49}$/);
  await lookInEverySize(look, page, "wizard-credential");
  assert.equal(await call(quotes, first), 403, "a new profile starts disabled");
  await page.getByRole("button", { name: "Enable now" }).click();
  await page.getByRole("switch", { name: "Enabled: Ledger program", checked: true }).waitFor();
  assert.equal(await call(quotes, first), 200);
  assert.equal(await call(orders, first), 403, "orders is not granted");
  await page.getByText("Call seen").waitFor();
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByText("stored with you").waitFor();
  await page.getByRole("link", { name: "Go to the client" }).click();
  await page.getByRole("heading", { name: "Harbor Bank" }).waitFor();

  // The logo is seen in the list.
  await page.getByRole("link", { name: "All clients" }).click();
  const row = page.getByRole("row", { name: /Harbor Bank/ });
  await row.waitFor();
  const logo = row.locator("img");
  await logo.waitFor();
  await page.waitForFunction(() => document.querySelector("table img")?.naturalWidth > 0);
  assert.ok((await logo.evaluate((image) => image.naturalWidth)) >= 128, "the logo is a picture of 128 px");
  await picture(page, "run-5-list");

  // A second profile on the client page: two collections, policy, IP allow list.
  await page.getByRole("link", { name: "Harbor Bank" }).click();
  await page.getByRole("button", { name: "Add access profile" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Night job");
  await choose(page, "API collections", [/Quotes/, /Orders/]);
  await choose(page, "Policy", [/Sixty per minute/]);
  const allow = dialog.getByRole("textbox", { name: "IP allow list" });
  await allow.fill("127.0.0.77/24");
  await allow.press("Enter");
  await dialog.getByText("127.0.0.77/24 means 127.0.0.0/24").waitFor();
  await picture(page, "run-6-second-profile");
  await dialog.getByRole("button", { name: "Create profile" }).click();
  const second = await shownCredential(page);
  await lookInEverySize(look, page, "credential-dialog");
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), second);
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByTestId("credential-value").waitFor({ state: "detached" });

  // From now on it is masked, and the browser keeps it nowhere.
  const card = profileCard(page, "Night job");
  const masked = (await card.getByTestId("masked-key").innerText()).trim();
  assert.equal(masked, `${"\u2022".repeat(12)}${second.slice(-4)}`);
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.cookie, document.body.innerHTML]),
  );
  assert.ok(!kept.includes(second) && !kept.includes(first), "a key is still in the page");
  await card.getByText("Sixty per minute").waitFor();
  await card.getByText("127.0.0.77/24 (means 127.0.0.0/24)").waitFor();
  await picture(page, "run-8-client");

  // Slider: Disabled -> 403, Enabled -> 200.
  assert.equal(await call(orders, second), 403, "a new profile starts disabled");
  await slide(page, "Night job", true);
  assert.equal(await call(orders, second), 200);
  await slide(page, "Night job", false);
  assert.equal(await call(orders, second), 403);
  await slide(page, "Night job", true);
  assert.equal(await call(quotes, second), 200);

  // Refresh: old 401, new 200.
  await card.getByRole("button", { name: "Refresh" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Refresh" }).click();
  const fresh = await shownCredential(page);
  assert.notEqual(fresh, second);
  assert.equal(await call(orders, second), 401);
  assert.equal(await call(orders, fresh), 200);
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByTestId("credential-value").waitFor({ state: "detached" });

  // The client's slider: off -> both profiles 403, on -> as before.
  await slide(page, "Harbor Bank", false);
  assert.deepEqual([await call(quotes, first), await call(orders, fresh)], [403, 403]);
  await picture(page, "run-9-client-disabled");
  await slide(page, "Harbor Bank", true);
  assert.deepEqual([await call(quotes, first), await call(orders, fresh)], [200, 200]);

  // Out and in again.
  await signOut(page);
  await page.goto(`${base}/clients`);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await signIn(page, base);
  await page.getByRole("link", { name: "Harbor Bank" }).waitFor();
  await context.storageState({ path: given("STORAGE_STATE") });
  assert.deepEqual([...found, ...problems], []);
} catch (error) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await picture(page, "run-failed").catch(() => {});
  }
  throw error;
} finally {
  await browser.close();
}
