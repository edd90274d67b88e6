import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { SearchResult } from "../../api/types";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { pathOf } from "./results";
import { SearchDialog } from "./search-dialog";

const nothing = {
  id: 1,
  name: "x",
  version: null,
  method: null,
  path: null,
  client: null,
  api_collection: null,
  project_id: null,
  request_id: null,
} as const;
const results: SearchResult[] = [
  { ...nothing, type: "api_policy", id: 2, name: "Acme policy" },
  { ...nothing, type: "client", id: 7, name: "Acme" },
  { ...nothing, type: "api_key", id: 70, name: "Acme shop", client: { id: 7, name: "Acme" } },
];

describe("global search", () => {
  it("is done by keyboard alone, results by kind", async () => {
    fakeApi({ "GET /api/search": { json: { data: results, count: 3 } } });
    const onGo = vi.fn();
    const { user } = await renderPage(<SearchDialog isOpen onClose={() => {}} onGo={onGo} />);
    const field = await screen.findByRole("combobox", { name: "Search everything" });
    await user.type(field, "acme");
    await screen.findByRole("group", { name: "Access profiles" });
    expect(screen.getAllByRole("option").map((option) => option.textContent)).toEqual([
      "Acme",
      "Acme shopof Acme",
      "Acme policy",
    ]);
    await user.keyboard("{ArrowUp}{Enter}");
    await waitFor(() => expect(onGo).toHaveBeenCalledWith("/policies?q=Acme%20policy"));
  });

  it("says that nothing was found", async () => {
    fakeApi({ "GET /api/search": { json: { data: [], count: 0 } } });
    const { user } = await renderPage(<SearchDialog isOpen onClose={() => {}} onGo={() => {}} />);
    await user.type(await screen.findByRole("combobox"), "zebra");
    expect(await screen.findByText('Nothing here has "zebra" in its name.')).toBeTruthy();
  });

  it("knows where each kind leads", () => {
    const collection = { id: 3, name: "Orders" };
    expect(
      pathOf({ ...nothing, type: "api_endpoint", name: "42", api_collection: collection }),
    ).toBe("/collections/3?q=%2242%22");
    expect(pathOf({ ...nothing, type: "request", id: null, request_id: "a b" })).toBe(
      "/logs/explain?request_id=a%20b",
    );
  });
});
