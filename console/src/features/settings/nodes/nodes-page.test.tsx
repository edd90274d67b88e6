import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { NodesPage } from "./nodes-page";

const node = {
  id: 1,
  name: "gate-1",
  state: "serving",
  version: "0.1.0",
  started_at: "2026-11-24T08:00:00.000Z",
  applied_revision: 40,
  current_revision: 41,
  lag_revisions: 1,
  workers: 2,
  gateway_url: "http://127.0.0.1:8080",
  management_url: "http://127.0.0.1:8081",
  listeners: ["127.0.0.1:8080"],
  stranded_calls: 12,
};
const lease = {
  type: "api_key",
  id: 70,
  name: "Production",
  client: { id: 7, name: "Acme" },
  project_id: 1,
  interval: "month",
  limit: 1000,
  used: 22,
  granted: 0,
  leased: 5,
  stranded: 12,
  period_start: "2026-11-01T00:00:00.000Z",
  resets_at: "2026-12-01T00:00:00.000Z",
};
const list = (data: unknown[]) => ({ json: { data, count: data.length, page: 1, per_page: 100 } });

describe("nodes", () => {
  it("say how far behind they are, and hand stranded calls back", async () => {
    const log = fakeApi({
      "GET /api/nodes": list([node]),
      "GET /api/nodes/1/leases": list([lease]),
      "POST /api/nodes/1/leases/return": {
        json: { data: { returned_calls: 12, leases: [{ ...lease, stranded: 0, granted: 12 }] } },
      },
    });
    const { user } = await renderPage(<NodesPage />);
    expect((await screen.findByTestId("node-revision")).textContent).toBe("40, 1 revision behind");
    await user.click(await screen.findByRole("button", { name: "Hand back those of Production" }));
    const dialog = await screen.findByRole("dialog", { name: "Hand stranded calls back" });
    expect(within(dialog).getByText(/^12 calls can be made again/)).toBeTruthy();
    await user.click(within(dialog).getByRole("button", { name: "Hand back" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(log.find(({ method }) => method === "POST")?.body).toEqual({ api_key_ids: [70] });
  });

  it("let a viewer look, and say who may hand back", async () => {
    fakeApi({ "GET /api/nodes": list([node]), "GET /api/nodes/1/leases": list([lease]) });
    await renderPage(<NodesPage />, { me: { role: "viewer", project_ids: null } });
    const button = await screen.findByRole("button", { name: "Hand all back" });
    expect(button).toHaveProperty("disabled", true);
    expect(button.title).toBe("Your role may not do this; an operator may.");
  });
});
