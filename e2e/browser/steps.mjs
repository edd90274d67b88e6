// What an owner does in the console, in the words of the screens.

export const OWNER = {
  email: "owner@example.com",
  name: "Olive Owner",
  password: "correct horse battery staple",
};

export async function setUp(page, link) {
  await page.goto(link);
  await page.getByRole("heading", { name: "Create the owner" }).waitFor();
  await page.getByRole("textbox", { name: "E-mail" }).fill(OWNER.email);
  await page.getByRole("textbox", { name: "Your name" }).fill(OWNER.name);
  await page.getByLabel(/^Password/).first().fill(OWNER.password);
  await page.getByLabel(/^Repeat the password/).first().fill(OWNER.password);
}

export async function signIn(page, base) {
  await page.goto(`${base}/sign-in`);
  await page.getByRole("textbox", { name: "E-mail" }).fill(OWNER.email);
  await page.getByLabel(/^Password/).first().fill(OWNER.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Clients", exact: true }).waitFor();
}

export async function signOut(page) {
  await page.getByRole("button", { name: "User menu" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
}

/** Opens a select by its label, in the open dialog if there is one, and takes the options with these names. */
export async function choose(page, label, names) {
  const dialog = page.getByRole("dialog");
  const form = (await dialog.count()) > 0 ? dialog : page;
  const input = form.getByRole("combobox", { name: label }).or(form.getByRole("textbox", { name: label }));
  await input.first().click();
  for (const name of names) await page.getByRole("option", { name }).click();
  // Closes the list but not the dialog around it.
  if (names.length > 1 || label === "API collections") await input.first().press("Tab");
}

/** The credential on the screen, as it is shown once. */
export async function shownCredential(page) {
  return (await page.getByTestId("credential-value").innerText()).trim();
}

export function profileCard(page, name) {
  return page.getByRole("article", { name: `Access profile: ${name}` });
}

/** Moves a slider and waits until the server has said yes. */
export async function slide(page, name, to) {
  const slider = page.getByRole("switch", { name: `Enabled: ${name}` });
  await slider.waitFor();
  if ((await slider.isChecked()) === to) throw new Error(`${name} is already ${to ? "on" : "off"}`);
  await slider.click();
  await page.waitForFunction(
    ([label, checked]) => document.querySelector(`input[aria-label="${label}"]`)?.checked === checked,
    [`Enabled: ${name}`, to],
  );
}
