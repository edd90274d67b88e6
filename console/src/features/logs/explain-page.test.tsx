import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { ExplainPage } from "./explain-page";
import { readExplainSearch } from "./explain-search";

const explanation = {
  outcome: "refused",
  status: 403,
  reason: "ip_not_allowed",
  check: 6,
  retry_after_seconds: null,
  revision: 42,
  client: { id: 7, name: "Acme" },
  profile: { id: 9, name: "Sync" },
  collection: null,
  endpoint: null,
  checks: [
    { number: 5, check: "enabled", outcome: "passed", values: [] },
    {
      number: 6,
      check: "source_address",
      outcome: "stopped",
      reason: "ip_not_allowed",
      explanation: "the source is not allowed",
      values: [{ name: "source", value: "203.0.113.7" }],
      what_to_change: "add the address to the allow list",
    },
    { number: 7, check: "route", outcome: "not_reached", values: [] },
  ],
};

const LISTS = {
  "GET /api/v2/api_clients": { json: { data: [{ id: 7, name: "Acme" }], count: 1 } },
  "GET /api/v2/api_clients/7/api_keys": { json: { data: [{ id: 9, name: "Sync" }], count: 1 } },
};

describe("Explain", () => {
  it("shows every check of a described request, its values and what to change", async () => {
    const log = fakeApi({ ...LISTS, "POST /api/explain": { json: { data: explanation } } });
    const onSearch = vi.fn();
    const { user } = await renderPage(
      <ExplainPage search={{ client: 7, profile: 9 }} onSearch={onSearch} />,
    );
    await user.type(screen.getByRole("textbox", { name: "Path or URL" }), "/orders");
    await user.click(screen.getByRole("button", { name: "Explain" }));
    await screen.findByText("It would be refused with 403");
    const outcomes = screen.getAllByRole("listitem").map((item) => item.getAttribute("aria-label"));
    expect(outcomes).toEqual([
      "5. Enabled: Passed",
      "6. Source address: Stopped here",
      "7. Route: Not reached",
    ]);
    expect(screen.getByText("203.0.113.7")).toBeTruthy();
    expect(screen.getByText(/add the address to the allow list/)).toBeTruthy();
    expect(log.find(({ method }) => method === "POST")?.body).toEqual({
      method: "GET",
      url: "/orders",
      api_key_id: 9,
    });
  });

  it("sends a credential once and never puts it into the URL", async () => {
    const log = fakeApi({ ...LISTS, "POST /api/explain": { json: { data: explanation } } });
    const onSearch = vi.fn();
    const { user } = await renderPage(
      <ExplainPage search={{ url: "/orders" }} onSearch={onSearch} />,
    );
    await user.type(screen.getByRole("textbox", { name: "Path or URL" }), "?api_token=pc_secret");
    await user.click(screen.getByRole("radio", { name: "Bearer token" }));
    await user.type(
      screen.getByLabelText(/^Bearer token/, { selector: "[type=password]" }),
      "eyJx",
    );
    await user.click(screen.getByRole("button", { name: "Explain" }));
    await screen.findByText("It would be refused with 403");
    expect(log.find(({ method }) => method === "POST")?.body).toMatchObject({
      authorization: "Bearer eyJx",
    });
    expect(JSON.stringify(onSearch.mock.calls)).not.toMatch(/eyJx|pc_secret/);
    expect(readExplainSearch({ url: "/a?api_token=pc_secret#x" })).toEqual({ url: "/a" });
  });

  it("shows what was recorded beside today's checks", async () => {
    const recorded = {
      request_id: "abc",
      received_at: "2026-01-01T00:00:00.000Z",
      latency_ms: 1.5,
      method: "GET",
      path: "/orders",
      source: "203.0.113.7",
      status: 401,
      reason: "unknown_credential",
      limits: [],
      revision: 40,
    };
    fakeApi({
      "GET /api/request_logs/abc/explain": { json: { data: { recorded, now: explanation } } },
    });
    await renderPage(<ExplainPage search={{ request_id: "abc" }} onSearch={() => {}} />);
    expect((await screen.findByTestId("recorded")).textContent).toContain(
      "401, unknown_credential",
    );
    expect(screen.getByText("It would be refused with 403")).toBeTruthy();
  });

  it("says why an old request is not there", async () => {
    fakeApi({});
    await renderPage(<ExplainPage search={{ request_id: "old" }} onSearch={() => {}} />);
    await waitFor(() => expect(screen.getByText("No recent request has this id")).toBeTruthy());
  });
});
