import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { FIRST_PAGE } from "../../../ui/list-search";
import { expiryOf } from "./token-dialog";
import { TokensPage } from "./tokens-page";

const token = {
  id: 3,
  name: "ci",
  role: "operator",
  project_ids: null,
  token: "••••••••••••a1b2",
  member: { id: 1, email: "olive@example.com" },
  state: "expired",
  expires_at: "2026-11-24T09:00:00.000Z",
  last_used_at: null,
  created_at: "2026-11-24T08:00:00.000Z",
};
const list = (data: unknown[]) => ({ json: { data, count: data.length, page: 1, per_page: 25 } });
const page = <TokensPage search={FIRST_PAGE} onSearch={() => {}} />;

describe("management tokens", () => {
  it("are shown once, and never with more than one's own role", async () => {
    const log = fakeApi({
      "GET /api/management_tokens": list([]),
      "GET /api/projects": { json: [] },
      "POST /api/management_tokens": { json: { data: { ...token, token: "pcm_whole" } } },
    });
    const { user } = await renderPage(page, { me: { role: "admin", project_ids: null } });
    await screen.findByText("No management token yet");
    await user.click(screen.getByRole("button", { name: "Create token" }));
    const dialog = await screen.findByRole("dialog", { name: "Create a management token" });
    const roles = within(within(dialog).getByRole("combobox", { name: "Role" }));
    expect(roles.queryByRole("option", { name: "Owner" })).toBeNull();
    await user.type(within(dialog).getByRole("textbox", { name: "Name" }), "ci");
    await user.selectOptions(within(dialog).getByRole("combobox", { name: "Expires" }), "never");
    await user.click(within(dialog).getByRole("button", { name: "Create token" }));
    expect((await screen.findByTestId("credential-value")).textContent).toBe("pcm_whole");
    expect(log.find(({ method }) => method === "POST")?.body).toEqual({
      name: "ci",
      role: "viewer",
      project_ids: null,
      expires_at: null,
    });
    await user.click(screen.getByRole("button", { name: "I have stored it" }));
    await waitFor(() => expect(screen.queryByText("pcm_whole")).toBeNull());
  });

  it("say why one no longer works", async () => {
    fakeApi({ "GET /api/management_tokens": list([token]) });
    await renderPage(page, { me: { role: "owner", project_ids: null } });
    expect(await screen.findByText("Expired")).toBeTruthy();
    expect(screen.getByTestId("masked-token").textContent).toBe("••••••••••••a1b2");
  });

  it("expire at the chosen time", () => {
    const now = Date.UTC(2026, 0, 1);
    expect(expiryOf({ life: "30", at: "" }, now)).toBe("2026-01-31T00:00:00.000Z");
    expect(expiryOf({ life: "never", at: "2026-01-01T00:00" }, now)).toBeNull();
    expect(expiryOf({ life: "at", at: "" }, now)).toBeNull();
  });
});
