// Settings > Webhooks: one is added, its secret shown once; a test arrives and its signature holds; one that is refused
// is seen in the delivery log and sent again; a new secret; deletion.
//
// Input: CONSOLE, SETUP_LINK, ARTIFACTS, CHROMIUM.
// Output: nothing; every step is asserted on the screen and at the receiver.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { openPart, scenario } from "./scenario.mjs";
import { shownCredential } from "./steps.mjs";

/** A receiver that answers with `status` and keeps what came. */
const received = [];
let status = 204;
const receiver = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  received.push({ headers: request.headers, body });
  response.writeHead(status).end();
});
await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${receiver.address().port}/portcullis`;

function isSigned({ headers, body }, secret) {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const text = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const signature = createHmac("sha256", key).update(text).digest("base64");
  return headers["webhook-signature"].split(" ").includes(`v1,${signature}`);
}

async function add(page, look) {
  await openPart(page, "Webhooks");
  await page.getByRole("heading", { name: "No webhook yet" }).waitFor();
  await look(page, "webhooks-empty");
  await page.getByRole("button", { name: "Add webhook" }).click();
  const dialog = page.getByRole("dialog", { name: "Add webhook" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Operations");
  await dialog.getByRole("textbox", { name: "URL" }).fill("http://hooks.example.com/");
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  await dialog.locator("[aria-invalid=true]").waitFor();
  await dialog.getByRole("textbox", { name: "URL" }).fill(url);
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  const secret = await shownCredential(page);
  await page.getByRole("button", { name: "I have stored it" }).click();
  return secret;
}

const newest = (page, state) => page.locator(`[data-testid=delivery][data-state=${state}]`).first();

await scenario(
  "webhooks",
  async ({ page, look }) => {
    const secret = await add(page, look);
    assert.match(secret, /^whsec_/);
    await page.getByRole("link", { name: "Operations" }).click();
    await page.getByRole("button", { name: "Send a test" }).click();
    await newest(page, "delivered").waitFor();
    assert.equal(received.length, 1);
    assert.ok(isSigned(received[0], secret), "the signature holds");
    assert.ok(!isSigned(received[0], "whsec_b3RoZXI="), "and not with another secret");

    status = 500;
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByText(/^answered 500/).first().waitFor();
    await look(page, "webhook-refused");
    status = 204;
    // The one that was taken is sent once more.
    const before = received.length;
    await newest(page, "delivered").getByRole("button", { name: "Send again" }).click();
    for (let waited = 0; received.length === before && waited < 15_000; waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(received.at(-1).headers["webhook-id"], received[0].headers["webhook-id"], "the same message");

    await page.getByRole("button", { name: "New secret" }).click();
    await page.getByRole("dialog", { name: "Make a new signing secret" }).getByRole("button", { name: "Make a new secret" }).click();
    assert.notEqual(await shownCredential(page), secret);
    await page.getByRole("button", { name: "I have stored it" }).click();
  },
  () => [
    ["webhooks", "/settings/webhooks", (page) => page.getByRole("link", { name: "Operations" }).waitFor()],
    [
      "webhook",
      "/settings/webhooks",
      async (page) => {
        await page.getByRole("link", { name: "Operations" }).click();
        await page.getByTestId("delivery").first().waitFor();
        await page.getByRole("button", { name: /and the message$/ }).first().click();
      },
    ],
    [
      "webhooks-add",
      "/settings/webhooks",
      async (page) => {
        await page.getByRole("link", { name: "Operations" }).waitFor();
        await page.getByRole("button", { name: "Add webhook" }).click();
        await page.getByRole("dialog").waitFor();
      },
    ],
    [
      "webhook-delete",
      "/settings/webhooks",
      async (page) => {
        await page.getByRole("link", { name: "Operations" }).click();
        await page.getByRole("button", { name: "Delete", exact: true }).click();
        await page.getByRole("dialog").waitFor();
      },
    ],
  ],
);
receiver.close();
