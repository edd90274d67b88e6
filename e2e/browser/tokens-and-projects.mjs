// Settings > Projects and Management tokens: a project, a token confined to it that works within it alone, shown once,
// then deleted.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; the workspace has a client CLIENT in the default project.
// Output: nothing; every step is asserted on the screen and at the management API.
import assert from "node:assert/strict";
import { given } from "./browser.mjs";
import { manage, openPart, scenario } from "./scenario.mjs";
import { choose, shownCredential } from "./steps.mjs";

async function makeProject(page) {
  await openPart(page, "Projects");
  await page.getByRole("button", { name: "Add project" }).click();
  const dialog = page.getByRole("dialog", { name: "Add project" });
  await dialog.getByRole("button", { name: "Add project" }).click();
  await dialog.getByText("Enter a name").waitFor();
  await dialog.getByRole("textbox", { name: "Name" }).fill("Partners");
  await dialog.getByRole("textbox", { name: "Description" }).fill("What our partners call");
  await dialog.getByRole("button", { name: "Add project" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("table", { name: "Projects" }).getByText("Partners", { exact: true }).waitFor();
}

async function makeToken(page, look) {
  await openPart(page, "Management tokens");
  await page.getByRole("searchbox", { name: "Search management tokens" }).waitFor();
  await page.getByRole("button", { name: "Create token" }).click();
  const dialog = page.getByRole("dialog", { name: "Create a management token" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Partner script");
  await dialog.getByRole("combobox", { name: "Role" }).selectOption("admin");
  await dialog.getByText("Only some").click();
  await choose(page, "Which projects", ["Partners"]);
  await dialog.getByRole("textbox", { name: "Name" }).click();
  await dialog.getByRole("button", { name: "Create token" }).click();
  const token = await shownCredential(page);
  await look(page, "tokens-shown-once");
  await page.getByRole("button", { name: "I have stored it" }).click();
  return token;
}

await scenario(
  "tokens",
  async ({ page, look }) => {
    await makeProject(page);
    const token = await makeToken(page, look);
    assert.match(token, /^pcm_/);
    const row = page.getByRole("row", { name: /Partner script/ });
    assert.equal(await row.getByTestId("masked-token").innerText(), `${"•".repeat(12)}${token.slice(-4)}`);
    const clients = await fetch(`${given("CONSOLE")}/api/v2/api_clients`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await clients.json()).count, 0, "the client of another project does not exist for it");
    assert.equal(await manage("/api/settings", token), 404);
    assert.equal(await manage("/api/projects", token), 200);

    await openPart(page, "Projects");
    await page.getByRole("button", { name: "Delete Partners" }).click();
    const refused = page.getByRole("dialog", { name: "Delete the project" });
    await refused.getByRole("button", { name: "Delete project" }).click();
    await refused.getByRole("alert").waitFor();
    await refused.getByRole("button", { name: "Cancel" }).click();

    await openPart(page, "Management tokens");
    await page.getByRole("button", { name: "Delete Partner script" }).click();
    const doomed = page.getByRole("dialog", { name: "Delete the management token" });
    await doomed.getByRole("textbox", { name: "Type the name to confirm" }).fill("Partner script");
    await doomed.getByRole("button", { name: "Delete token" }).click();
    await row.waitFor({ state: "detached" });
    assert.equal(await manage("/api/projects", token), 401);
  },
  () => [
    ["projects", "/settings/projects", (page) => page.getByText("Partners", { exact: true }).waitFor()],
    ["tokens", "/settings/tokens", (page) => page.getByRole("table", { name: "Management tokens" }).waitFor()],
    [
      "tokens-create-form",
      "/settings/tokens",
      async (page) => {
        await page.getByRole("button", { name: "Create token" }).first().click();
        await page.getByRole("dialog").getByText("Only some").click();
      },
    ],
  ],
);
