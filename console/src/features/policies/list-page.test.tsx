import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Policy, User } from "../../api/types";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { FIRST_PAGE } from "../../ui/list-search";
import { ListPage } from "./list-page";

const policy = {
  id: 4,
  name: "Partners",
  description: null,
  rate_limit: { limit: 6, interval: "minute" },
  usage_quota: { limit: 1000, interval: "30 days" },
  on_store_failure: { rate: "allow_local", quota: "deny" },
  profiles_count: 2,
  clients_count: 1,
  created_at: "2026-11-02T08:00:00.000Z",
  updated_at: "2026-11-02T08:00:00.000Z",
} as Policy;

const list = (data: Policy[]) => ({
  json: { data, count: data.length, page: 1, per_page: 25 },
});

const page = <ListPage search={FIRST_PAGE} onSearch={() => {}} />;

describe("policies", () => {
  it("are listed with their limits in words and who uses them", async () => {
    fakeApi({ "GET /api/api_policies": list([policy]) });
    await renderPage(page);
    const row = await screen.findByRole("row", { name: /Partners/ });
    expect(
      within(row).getByText("At most 6 calls in any minute and 1,000 in 30 days for each profile"),
    ).toBeTruthy();
    expect(within(row).getByText("2 profiles and 1 client")).toBeTruthy();
  });

  it("say who uses them when they cannot be deleted", async () => {
    const log = fakeApi({
      "GET /api/api_policies": list([policy]),
      "DELETE /api/api_policies/4": {
        status: 409,
        json: { message: "x", errors: { in_use_by: ["Acme / Shop", "Acme / Night job"] } },
      },
    });
    const { user } = await renderPage(page);
    await user.click(await screen.findByRole("button", { name: "Delete Partners" }));
    const dialog = await screen.findByRole("dialog", { name: "Delete the policy" });
    expect(within(dialog).getByText(/is used by 2 profiles and 1 client/)).toBeTruthy();
    await user.click(within(dialog).getByRole("button", { name: "Delete policy" }));
    expect(
      await within(dialog).findByText("Still used by Acme / Shop, Acme / Night job."),
    ).toBeTruthy();
    await waitFor(() => expect(log.filter(({ method }) => method === "DELETE")).toHaveLength(1));
  });

  it("cannot be changed by a viewer, nor by an admin of some projects", async () => {
    fakeApi({ "GET /api/api_policies": list([policy]) });
    for (const me of [
      { role: "viewer", project_ids: null },
      { role: "admin", project_ids: [1] },
    ] as Partial<User>[]) {
      const { unmount } = await renderPage(page, { me });
      await screen.findByRole("row", { name: /Partners/ });
      expect(screen.queryByRole("button", { name: "Add policy" })).toBeNull();
      expect(screen.queryByRole("button", { name: "Delete Partners" })).toBeNull();
      expect(screen.getByText(/You may look at the policies, not change them/)).toBeTruthy();
      unmount();
    }
  });
});
