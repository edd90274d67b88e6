import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { sampleCollection } from "../../test/sample-collection";
import { DeleteCollectionDialog } from "./delete-dialog";

describe("deleting a collection", () => {
  it("counts all who have it by the API's own numbers, and says of whom the names are", async () => {
    const log = fakeApi({
      "GET /api/v2/api_clients": { json: { data: [{ id: 4, name: "Acme" }], count: 240 } },
      "GET /api/api_access_profiles": { json: [{}], headers: { "X-Total-Count": "1500" } },
      "GET /api/v2/api_clients/4/api_keys": {
        json: {
          data: [{ name: "Shop", last_used_at: new Date().toISOString(), api_collection_ids: [3] }],
          count: 1,
        },
      },
    });
    await renderPage(
      <DeleteCollectionDialog
        collection={sampleCollection()}
        isOpen
        onClose={() => {}}
        onDeleted={() => {}}
      />,
    );
    const what = within(await screen.findByTestId("what-breaks"));
    expect(
      what.getByText("It is taken out of the terms of 240 clients with 1,500 profiles."),
    ).toBeTruthy();
    expect(what.getByText(/what follows is of the first 1 client by name/)).toBeTruthy();
    expect(
      what.getByText("In the last 24 hours one of them has called: Acme / Shop."),
    ).toBeTruthy();
    const counted = log.find(({ path }) => path === "/api/api_access_profiles");
    expect(counted?.query.get("api_collection_id")).toBe("3");
  });
});
