// Settings > Members: a viewer is invited, chooses a password by the link, sees what a viewer may and no more, is made an
// operator, gets another password, is disabled and deleted.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM; CLIENT by name, which has an access profile PROFILE.
// Output: nothing; every step is asserted.
import assert from "node:assert/strict";
import { given, open } from "./browser.mjs";
import { openPart, scenario } from "./scenario.mjs";
import { profileCard } from "./steps.mjs";

const base = given("CONSOLE");
const VIC = "vic@example.com";

async function choosePassword(page, link, password) {
  await page.goto(link);
  await page.getByRole("heading", { name: "Choose a new password" }).waitFor();
  await page.getByRole("textbox", { name: "E-mail" }).fill(VIC);
  await page.getByLabel(/^Password/).first().fill(password);
  await page.getByLabel(/^Repeat the password/).first().fill(password);
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.getByRole("heading", { name: "Clients", exact: true }).waitFor();
}

async function invite(page, look) {
  await openPart(page, "Members");
  await page.getByRole("button", { name: "Invite a member" }).click();
  const dialog = page.getByRole("dialog", { name: "Invite a member" });
  await dialog.getByRole("textbox", { name: "E-mail" }).fill("owner@example.com");
  await dialog.getByRole("button", { name: "Invite" }).click();
  // The server's words, at the field.
  await dialog.locator("[aria-invalid=true]").waitFor();
  await dialog.getByRole("textbox", { name: "E-mail" }).fill(VIC);
  await dialog.getByRole("textbox", { name: "Name" }).fill("Vic Viewer");
  await dialog.getByRole("button", { name: "Invite" }).click();
  const link = (await page.getByTestId("password-link").innerText()).trim();
  await look(page, "members-link");
  await page.getByRole("button", { name: "I have sent it" }).click();
  return link;
}

/** What a viewer sees: everything to read, nothing to change, and why. */
async function lookAsViewer(page, look) {
  await page.getByText(/your role is viewer, changes need admin/).waitFor();
  assert.equal(await page.getByRole("button", { name: "Add new client" }).count(), 0);
  assert.ok(await page.getByRole("switch", { name: `Enabled: ${given("CLIENT")}` }).isDisabled());
  await look(page, "viewer-clients");
  await page.getByRole("link", { name: given("CLIENT") }).click();
  await profileCard(page, given("PROFILE")).waitFor();
  for (const name of ["Edit", "Delete", "Refresh", "Add access profile", "Set default terms"]) {
    assert.equal(await page.getByRole("button", { name, exact: true }).count(), 0, name);
  }
  await look(page, "viewer-client");
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  const parts = page.getByRole("navigation", { name: "Parts of the settings" });
  await parts.waitFor();
  assert.deepEqual(await parts.getByRole("link").allInnerTexts(), ["Projects", "Certificates", "Nodes", "Audit log"]);
  await page.goto(`${base}/settings/members`);
  await page.getByText("Members: only for owners").waitFor();
  await look(page, "viewer-members");
}

async function act(page, what) {
  await page.getByRole("button", { name: `More about ${VIC}` }).click();
  await page.getByRole("menuitem", { name: what }).click();
}

await scenario(
  "members",
  async ({ browser, page, look }) => {
    const link = await invite(page, look);
    const viewer = await open(browser);
    await choosePassword(viewer.page, link, "a first long password");
    await lookAsViewer(viewer.page, look);

    await act(page, "Edit");
    const edit = page.getByRole("dialog", { name: `Edit ${VIC}` });
    await edit.getByRole("combobox", { name: "Role" }).selectOption("operator");
    await edit.getByRole("button", { name: "Save" }).click();
    await edit.waitFor({ state: "detached" });
    await viewer.page.goto(`${base}/clients`);
    const slider = viewer.page.getByRole("switch", { name: `Enabled: ${given("CLIENT")}` });
    await slider.waitFor();
    assert.ok(await slider.isEnabled(), "an operator may switch");
    await slider.click();
    await viewer.page.waitForFunction((label) => !document.querySelector(`input[aria-label="${label}"]`).checked, `Enabled: ${given("CLIENT")}`);

    await act(page, "Reset password");
    await page.getByRole("dialog", { name: "Reset the password" }).getByRole("button", { name: "Reset password" }).click();
    const again = (await page.getByTestId("password-link").innerText()).trim();
    await page.getByRole("button", { name: "I have sent it" }).click();
    // Their session has ended with it; what they look at stays, and asks them to sign in.
    await viewer.page.getByRole("link", { name: "Policies", exact: true }).click();
    await viewer.page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
    await choosePassword(viewer.page, again, "a second long password");

    await page.getByRole("switch", { name: `Enabled: ${VIC}` }).click();
    await page.waitForFunction((label) => !document.querySelector(`input[aria-label="${label}"]`).checked, `Enabled: ${VIC}`);
    await viewer.page.getByRole("link", { name: "Policies", exact: true }).click();
    await viewer.page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
    await viewer.context.close();

    await page.getByRole("button", { name: "More about owner@example.com" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    const last = page.getByRole("dialog", { name: "Delete the member" });
    await last.getByRole("textbox").fill("owner@example.com");
    await last.getByRole("button", { name: "Delete member" }).click();
    await last.getByText(/last owner/).waitFor();
    await last.getByRole("button", { name: "Cancel" }).click();
    await last.waitFor({ state: "detached" });
  },
  () => [
    ["members", "/settings/members", (page) => page.getByText("Vic Viewer").waitFor()],
    [
      "members-edit",
      "/settings/members",
      async (page) => {
        await act(page, "Edit");
        await page.getByRole("dialog").getByText("Only some").click();
        await page.getByRole("combobox", { name: "Which projects" }).waitFor();
      },
    ],
    [
      "members-delete",
      "/settings/members",
      async (page) => {
        await act(page, "Delete");
        await page.getByRole("dialog").waitFor();
      },
    ],
  ],
);
