// One scenario: Chromium, an owner, the steps, then each screen in all sizes and colour schemes; a picture when it fails.
import assert from "node:assert/strict";
import { given, launch, open, picture, SIZES, watcher } from "./browser.mjs";
import { setUp } from "./steps.mjs";

/** Makes the owner by the set-up link and signs in; lands on the console's first page. */
export async function becomeOwner(page) {
  await setUp(page, given("SETUP_LINK"));
  await page.getByRole("button", { name: "Create owner and sign in" }).click();
  await page.getByRole("button", { name: "User menu" }).waitFor();
}

/** Looks at what is open now in every size and colour scheme, without opening it again. */
export async function lookInEverySize(look, page, name) {
  const before = page.viewportSize();
  for (const size of SIZES) {
    await page.setViewportSize({ width: size.width, height: size.width < 600 ? 844 : 860 });
    await page.emulateMedia({ colorScheme: size.scheme });
    // Colours change over some frames; what is looked at is their end.
    await page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
    });
    await look(page, name, size);
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: "light" });
}

/**
 * Runs `steps({ browser, context, page, look })` as the new owner; `look(page, name)` is for what is open at that moment
 * alone. Then shows each of `screens()` in every size: [name, path, ready], `ready` waits until it is to be looked at.
 */
export async function scenario(name, steps, screens = () => []) {
  const browser = await launch();
  const { found, look } = watcher();
  try {
    const { context, page, problems } = await open(browser);
    await becomeOwner(page);
    await steps({ browser, context, page, look: (open, title) => lookInEverySize(look, open, title) });
    found.push(...problems);
    const storageState = await context.storageState();
    for (const size of SIZES) {
      const shown = await open(browser, { ...size, storageState });
      for (const [title, path, ready] of screens()) {
        await shown.page.goto(`${given("CONSOLE")}${path}`);
        await ready(shown.page);
        await look(shown.page, title, size);
      }
      found.push(...shown.problems);
      await shown.context.close();
    }
    assert.deepEqual(found, []);
  } catch (error) {
    const pages = browser.contexts().flatMap((context) => context.pages());
    for (const [index, page] of pages.entries()) {
      await picture(page, `${name}-failed-${index}`).catch(() => {});
    }
    throw error;
  } finally {
    await browser.close();
  }
}

/** Opens a part of the settings by its link. */
export async function openPart(page, part) {
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("navigation", { name: "Parts of the settings" }).getByRole("link", { name: part }).click();
}

/** The status of a call of the management API with this token. */
export async function manage(path, token, method = "GET") {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${given("CONSOLE")}${path}`, { method, headers });
  await answer.arrayBuffer();
  return answer.status;
}
