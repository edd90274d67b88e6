// Starts headless Chromium and gives pages that note what goes wrong in them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** A setting that the test must give. */
export function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export async function launch() {
  return chromium.launch({
    executablePath: given("CHROMIUM"),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page of one width and colour scheme; `problems` gathers errors of its scripts. */
export async function open(browser, { width = 1280, scheme = "light", storageState } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 860 },
    colorScheme: scheme,
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
    storageState,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("console", (message) => {
    // The browser itself reports answers of 401 and the like; those are tested by what the page shows.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) {
      problems.push(`console: ${message.text()}`);
    }
  });
  return { context, page, problems };
}

/** Keeps a picture of the whole page. */
export async function picture(page, name) {
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(given("ARTIFACTS"), `${name}.png`), fullPage: true });
}

/** What axe finds, one line for each violation. The page's policy forbids eval, so it runs from outside. */
export async function accessibilityProblems(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  const run = `axe.run(document, {runOnly: ${JSON.stringify(RULES)}}).then((result) => JSON.stringify(
    result.violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 160)).join(" | "))))`;
  const answer = await session.send("Runtime.evaluate", {
    expression: run,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  if (answer.exceptionDetails) throw new Error(`axe: ${answer.exceptionDetails.text}`);
  return JSON.parse(answer.result.value);
}

/** How many pixels the page is wider than the screen. */
export async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** The status of a call through the gateway. */
export async function call(url, key) {
  const answer = await fetch(url, { headers: { "api-token": key, connection: "close" } });
  await answer.arrayBuffer();
  return answer.status;
}

/** Looks at screens: axe, sideways scrolling, a picture; what is wrong is gathered in `found`. */
export function watcher() {
  const found = [];
  const look = async (page, name, size) => {
    const title = `${name}-${size.width}-${size.scheme}`;
    for (const problem of await accessibilityProblems(page)) found.push(`${title}: ${problem}`);
    const pixels = await overflow(page);
    if (pixels > 0) found.push(`${title}: ${pixels} px wider than the screen`);
    await picture(page, title);
  };
  return { found, look };
}

/** The four sizes and colour schemes that each screen is looked at in. */
export const SIZES = [1280, 390].flatMap((width) => ["light", "dark"].map((scheme) => ({ width, scheme })));
