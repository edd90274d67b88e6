import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { AuditPage } from "./audit-page";
import { readAuditSearch } from "./audit-search";
import { differences } from "./differences";
import { eventInWords } from "./entry-row";

const entry = {
  id: 512,
  event_type: "client.updated",
  timestamp: "2026-11-24T06:00:00.000Z",
  user: { type: "member", id: 1, name: "owner@example.com", address: "127.0.0.1" },
  workspace: { id: 1, name: "Portcullis" },
  resource: { type: "client", id: 7, name: "Acme", project_id: 1 },
  details: {
    revision: 41,
    changed: ["name"],
    before: { name: "Akme", email: null },
    after: { name: "Acme", email: null },
  },
};

describe("audit log", () => {
  it("tells who did what from where, with before and after", async () => {
    fakeApi({ "GET /api/activity_logs": { json: { data: [entry], next_cursor: null } } });
    const { user } = await renderPage(<AuditPage search={{}} onSearch={() => {}} />);
    expect(await screen.findByText("Client updated: Acme")).toBeTruthy();
    expect(screen.getByText("By owner@example.com from 127.0.0.1; revision 41")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Before and after: 1 field" }));
    const row = screen.getByRole("row", { name: /^name/ });
    expect(row.textContent).toBe("nameAkmeAcme");
  });

  it("shows only what differs, inside objects too", () => {
    expect(
      differences(
        { a: 1, limits: { body: 10, time: 5 }, gone: "x" },
        { a: 1, limits: { body: 20, time: 5 }, list: [1, 2] },
      ),
    ).toEqual([
      { field: "limits.body", before: "10", after: "20" },
      { field: "gone", before: "x", after: null },
      { field: "list", before: null, after: "[1,2]" },
    ]);
    expect(differences(null, null)).toEqual([]);
  });

  it("reads its filters from the URL and trusts none", () => {
    expect(readAuditSearch({ resource_type: "client", resource_id: "7", days: 7, q: "x" })).toEqual(
      { resource_type: "client", resource_id: 7, days: 7, q: "x" },
    );
    expect(readAuditSearch({ resource_type: "<b>", resource_id: -1, days: 2, user: "" })).toEqual(
      {},
    );
  });

  it("names events in words", () => {
    expect(eventInWords("access_profile.credential_refreshed")).toBe(
      "Access profile credential refreshed",
    );
    expect(eventInWords("setup.completed")).toBe("Setup completed");
  });
});
