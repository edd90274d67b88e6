import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Client } from "../../../api/types";
import { type Asked, fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { ProfileList } from "./profile-list";

const client = {
  id: 7,
  name: "Acme",
  enabled: true,
  is_legacy: true,
  api_collections: [],
  api_policies: [],
} as unknown as Client;

const profile = {
  id: 9,
  name: "Sync",
  active: false,
  auth_type: "token",
  auth_token: "••••••••••••abcd",
  api_key: "••••••••••••abcd",
  own_terms: true,
  api_collection_ids: [3],
  api_policy_id: null,
  ip_allow_list: ["106.226.100.3/20"],
  ip_deny_list: [],
  labels: {},
  calls_total: 0,
  refused_total: 0,
  last_used_at: null,
  expires_at: null as string | null,
  previous_credential: null as { expires_at: string; last_used_at: string | null } | null,
  policy_state: { rate: null, quota: null } as Record<"rate" | "quota", object | null>,
};

const COMMON = {
  "GET /api/v2/api_clients/7/api_keys": {
    json: { data: [profile], count: 1, page: 1, per_page: 100 },
  },
  "GET /api/api_collections": {
    json: [{ id: 3, name: "Orders", version: "1.0", path: "orders", url: "http://gw.test/orders" }],
  },
  "GET /api/api_policies": { json: { data: [], count: 0, page: 1, per_page: 100 } },
};

const putsOf = (log: Asked[]) =>
  log.filter(({ method }) => method === "PUT").map(({ path }) => path);

describe("access profiles", () => {
  it("show the masked key and the network an entry means", async () => {
    fakeApi(COMMON);
    await renderPage(<ProfileList client={client} />);
    const card = await screen.findByRole("article", { name: "Access profile: Sync" });
    expect(within(card).getByText("••••••••••••abcd")).toBeTruthy();
    expect(within(card).getByText(/means 106.226.96.0\/20/)).toBeTruthy();
    expect(within(card).getByRole("switch", { name: "Enabled: Sync" })).toHaveProperty(
      "checked",
      false,
    );
  });

  it("refresh only after the warning, then the new key once", async () => {
    const log = fakeApi({
      ...COMMON,
      "PUT /api/v2/api_clients/7/api_keys/9/refresh_secret": {
        json: { data: { ...profile, auth_token: "pc_brandnew" } },
      },
    });
    const { user } = await renderPage(<ProfileList client={client} />);
    await user.click(await screen.findByRole("button", { name: "Refresh" }));
    const dialog = await screen.findByRole("dialog", { name: "Refresh the API key" });
    expect(dialog.textContent).toContain("The old one ends at once");
    expect(putsOf(log)).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Refresh" }));
    expect((await screen.findByTestId("credential-value")).textContent).toBe("pc_brandnew");
    expect(log.find(({ method }) => method === "PUT")?.body).toEqual({ overlap_seconds: 0 });
    await user.keyboard("{Escape}");
    expect(screen.getByTestId("credential-value")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "I have stored it" }));
    await waitFor(() => expect(document.body.innerHTML).not.toContain("pc_brandnew"));
  });

  it("move the slider only when the server has said yes", async () => {
    fakeApi({
      ...COMMON,
      "PUT /api/v2/api_clients/7/api_keys/9/enable": {
        status: 403,
        json: { message: "not allowed" },
      },
    });
    const { user } = await renderPage(<ProfileList client={client} />);
    const slider = await screen.findByRole("switch", { name: "Enabled: Sync" });
    await user.click(slider);
    await waitFor(() => expect(slider.getAttribute("aria-busy")).toBe("false"));
    expect(slider).toHaveProperty("checked", false);
  });

  it("tell a refused name at its field, in the server's words", async () => {
    fakeApi({
      ...COMMON,
      "PUT /api/v2/api_clients/7/api_keys/9": {
        status: 409,
        json: { message: "x", errors: { name: ["is taken in this client"] } },
      },
    });
    const { user } = await renderPage(<ProfileList client={client} />);
    await user.click(await screen.findByRole("button", { name: "More about Sync" }));
    await user.click(await screen.findByRole("menuitem", { name: "Edit" }));
    await user.click(await screen.findByRole("button", { name: "Save" }));
    const name = await screen.findByRole("textbox", {
      name: "Name",
      description: /is taken in this client/,
    });
    expect(name.getAttribute("aria-invalid")).toBe("true");
  });

  it("refresh with an overlap of one's own, only within bounds", async () => {
    const log = fakeApi({
      ...COMMON,
      "PUT /api/v2/api_clients/7/api_keys/9/refresh_secret": {
        json: { data: { ...profile, auth_token: "pc_brandnew" } },
      },
    });
    const { user } = await renderPage(<ProfileList client={client} />);
    await user.click(await screen.findByRole("button", { name: "Refresh" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Refresh the API key" }));
    await user.click(dialog.getByRole("radio", { name: "With overlap" }));
    await user.click(dialog.getByLabelText("Both work for", { selector: "input" }));
    await user.click(await dialog.findByRole("option", { name: "Another time" }));
    const minutes = dialog.getByRole("textbox", { name: "Minutes" });
    await user.clear(minutes);
    await user.type(minutes, "50000");
    expect(dialog.getByRole("button", { name: "Refresh" })).toHaveProperty("disabled", true);
    await user.clear(minutes);
    await user.type(minutes, "90");
    await user.click(dialog.getByRole("button", { name: "Refresh" }));
    await screen.findByTestId("credential-value");
    expect(log.find(({ method }) => method === "PUT")?.body).toEqual({ overlap_seconds: 5400 });
  });

  it("show what is used, when it ends, and the old credential, which can be ended", async () => {
    const busy = {
      ...profile,
      expires_at: "2020-01-01T00:00:00.000Z",
      previous_credential: { expires_at: "2099-01-01T00:00:00.000Z", last_used_at: null },
      policy_state: {
        rate: { limit: 6, remaining: 2, resets_at: "2099-01-01T00:00:00.000Z" },
        quota: { limit: 1000, used: 40, granted: 50, resets_at: "2099-01-01T00:00:00.000Z" },
      },
    };
    const log = fakeApi({
      ...COMMON,
      "GET /api/v2/api_clients/7/api_keys": { json: { data: [busy], count: 1 } },
      "PUT /api/v2/api_clients/7/api_keys/9/finish_overlap": { json: { success: true } },
    });
    const { user } = await renderPage(<ProfileList client={client} />);
    const card = within(await screen.findByRole("article", { name: "Access profile: Sync" }));
    expect(card.getByText("4 of 6 used")).toBeTruthy();
    expect(card.getByText("40 of 1,050 used")).toBeTruthy();
    expect(card.getByText(/^Expired 1 Jan 2020/)).toBeTruthy();
    expect(card.getByTestId("previous-credential").textContent).toMatch(/works until .*not used/);
    await user.click(card.getByRole("button", { name: "Finish now" }));
    expect(putsOf(log)).toEqual([]);
    await user.click(await screen.findByRole("button", { name: "End it now" }));
    await waitFor(() =>
      expect(putsOf(log)).toEqual(["/api/v2/api_clients/7/api_keys/9/finish_overlap"]),
    );
  });

  it("show the key id of a JWT profile in full, which is no secret", async () => {
    const jwt = { ...profile, auth_type: "jwt", auth_token: "pk_abc", api_key: "pk_abc" };
    fakeApi({
      ...COMMON,
      "GET /api/v2/api_clients/7/api_keys": { json: { data: [jwt], count: 1 } },
      "PUT /api/v2/api_clients/7/api_keys/9/refresh_secret": {
        json: { data: { ...jwt, auth_token: "pk_new", api_key: "pk_new" } },
      },
    });
    const { user } = await renderPage(<ProfileList client={client} />);
    expect((await screen.findByTestId("key-id")).textContent).toBe("pk_abc");
    await user.click(screen.getByRole("button", { name: "Refresh" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Refresh the key id" }));
    await user.click(dialog.getByRole("button", { name: "Refresh" }));
    expect((await screen.findByTestId("credential-value")).textContent).toBe("pk_new");
    expect(screen.getByText("sub")).toBeTruthy();
    expect(await screen.findByText(/'http:\/\/gw.test\/orders\/...'/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Done" }));
    await waitFor(() => expect(screen.queryByTestId("credential-value")).toBeNull());
  });

  it("are deleted only with the name typed", async () => {
    fakeApi(COMMON);
    const { user } = await renderPage(<ProfileList client={client} />);
    await user.click(await screen.findByRole("button", { name: "More about Sync" }));
    await user.click(await screen.findByRole("menuitem", { name: "Delete" }));
    const button = await screen.findByRole("button", { name: "Delete profile" });
    expect(button).toHaveProperty("disabled", true);
    await user.type(screen.getByRole("textbox", { name: "Type the name to confirm" }), "Sync");
    expect(button).toHaveProperty("disabled", false);
  });
});
