import { screen, waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { type Asked, fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { WizardPage } from "./wizard-page";

const CREDENTIAL = "pc_secretsecretsecret";

const created = {
  data: {
    id: 7,
    name: "Acme",
    api_keys: [
      {
        id: 9,
        name: "Sync",
        auth_type: "token",
        auth_token: CREDENTIAL,
        api_key: "masked",
        api_collection_ids: [3],
        active: false,
      },
    ],
  },
};

const COMMON = {
  "GET /api/api_collections": {
    json: [{ id: 3, name: "Orders", version: "1.0", path: "orders", url: "http://gw.test/orders" }],
  },
  "GET /api/api_policies": { json: { data: [], count: 0, page: 1, per_page: 100 } },
  "GET /api/api_endpoints": { json: [] },
  "GET /api/v2/api_clients/7/api_keys/9": {
    json: { data: { id: 9, name: "Sync", active: false, calls_total: 0 } },
  },
};

async function fillDetails(user: UserEvent) {
  await user.type(screen.getByRole("textbox", { name: "Name" }), "Acme");
  await user.type(screen.getByRole("textbox", { name: "Description" }), "Parcels");
  await user.click(screen.getByRole("button", { name: "Next" }));
}

async function fillProfile(user: UserEvent) {
  await user.type(screen.getByRole("textbox", { name: "Name" }), "Sync");
  await user.click(screen.getByLabelText(/API collections/, { selector: "input" }));
  await user.click(await screen.findByRole("option", { name: "Orders (1.0)" }));
}

const postsOf = (log: Asked[]) =>
  log
    .filter(({ method }) => method === "POST")
    .map(({ method, path, body }) => ({ method, path, body }));

describe("new client wizard", () => {
  it("keeps what was typed when going back and forth", async () => {
    fakeApi(COMMON);
    const { user } = await renderPage(<WizardPage />);
    await fillDetails(user);
    await user.type(screen.getByRole("textbox", { name: "Name" }), "Sync");
    await user.click(screen.getByRole("button", { name: "Back" }));
    expect(screen.getByRole("textbox", { name: "Name" })).toHaveProperty("value", "Acme");
    expect(screen.getByRole("textbox", { name: "Description" })).toHaveProperty("value", "Parcels");
    await user.click(screen.getByRole("button", { name: "Next" }));
    expect(screen.getByRole("textbox", { name: "Name" })).toHaveProperty("value", "Sync");
  });

  it("saves nothing before Create client, then client and profile in one call", async () => {
    const log = fakeApi({ ...COMMON, "POST /api/v2/api_clients": { json: created } });
    const { user } = await renderPage(<WizardPage />);
    await fillDetails(user);
    await fillProfile(user);
    expect(postsOf(log)).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Create client" }));
    await screen.findByTestId("credential-value");
    expect(postsOf(log)).toEqual([
      {
        method: "POST",
        path: "/api/v2/api_clients",
        body: {
          name: "Acme",
          description: "Parcels",
          api_keys: [
            {
              name: "Sync",
              active: false,
              api_collection_ids: [3],
              api_policy_id: null,
              auth_type: "token",
              mtls_enabled: false,
              cert_bundle_ids: [],
              validation_formula: null,
              ip_allow_list: [],
              ip_deny_list: [],
              expires_at: null,
              labels: {},
            },
          ],
        },
      },
    ]);
  });

  it("shows the credential once: after 'I have stored it' it is nowhere", async () => {
    fakeApi({ ...COMMON, "POST /api/v2/api_clients": { json: created } });
    const { user, router } = await renderPage(<WizardPage />);
    await fillDetails(user);
    await fillProfile(user);
    await user.click(screen.getByRole("button", { name: "Create client" }));
    expect((await screen.findByTestId("credential-value")).textContent).toBe(CREDENTIAL);
    expect(router.state.location.href).not.toContain(CREDENTIAL);
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain(CREDENTIAL);
    await user.click(screen.getByRole("button", { name: "I have stored it" }));
    await waitFor(() => expect(document.body.innerHTML).not.toContain(CREDENTIAL));
  });

  it("puts the server's words at their fields, in the step that has them", async () => {
    fakeApi({
      ...COMMON,
      "POST /api/v2/api_clients": {
        status: 409,
        json: {
          message: "Validation failed",
          errors: { name: ["is taken by another client"], "api_keys[0].name": ["is odd"] },
        },
      },
    });
    const { user } = await renderPage(<WizardPage />);
    await fillDetails(user);
    await fillProfile(user);
    await user.click(screen.getByRole("button", { name: "Create client" }));
    expect(await screen.findByText("is taken by another client")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Next" }));
    expect(await screen.findByText("is odd")).toBeTruthy();
  });

  it("asks before it is left half-way", async () => {
    fakeApi(COMMON);
    const { user } = await renderPage(<WizardPage />);
    await user.type(screen.getByRole("textbox", { name: "Name" }), "Acme");
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await user.click(await screen.findByRole("button", { name: "Stay" }));
    expect(screen.getByRole("textbox", { name: "Name" })).toHaveProperty("value", "Acme");
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await user.click(await screen.findByRole("button", { name: "Leave" }));
    expect(await screen.findByText("elsewhere")).toBeTruthy();
  });

  it("tells a failed logo and loses nothing", async () => {
    fakeApi({
      ...COMMON,
      "POST /api/v2/api_clients": { json: created },
      "PUT /api/v2/api_clients/7/logo": {
        status: 400,
        json: { message: "Validation failed", errors: { logo: ["not a picture"] } },
      },
    });
    const { user } = await renderPage(<WizardPage />);
    const picture = new File(["x"], "logo.png", { type: "image/png" });
    await user.upload(screen.getByLabelText("Logo"), picture);
    await fillDetails(user);
    await fillProfile(user);
    await user.click(screen.getByRole("button", { name: "Create client" }));
    expect(await screen.findByText(/not a picture/i)).toBeTruthy();
    expect(screen.getByTestId("credential-value").textContent).toBe(CREDENTIAL);
  });
});
