import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { StartPage } from "./start-page";

const collection = { id: 3, name: "Orders" };
const endpoint = { id: 30, method: "POST", url: "http://gate/orders/{rest...}", active: true };
const client = { id: 7, name: "Acme", enabled: true };
const profile = { id: 70, auth_type: "token", active: true, calls_total: 0 };
const list = (data: unknown[]) => ({ json: { data, count: data.length, page: 1, per_page: 1 } });

describe("first steps", () => {
  it("begin with an API collection in an empty workspace", async () => {
    fakeApi({ "GET /api/api_collections": { json: [] }, "GET /api/v2/api_clients": list([]) });
    await renderPage(<StartPage />);
    const step = await screen.findByTestId("step-collection");
    expect(step.dataset.state).toBe("open");
    expect(screen.getByRole("link", { name: "Add API collection" })).toBeTruthy();
    expect(screen.getByTestId("step-call").dataset.state).toBe("ahead");
  });

  it("end with a line for the first call, and see it arrive", async () => {
    let calls = 0;
    fakeApi({
      "GET /api/api_collections": { json: [collection] },
      "GET /api/api_endpoints": { json: [endpoint] },
      "GET /api/v2/api_clients": list([client]),
      "GET /api/v2/api_clients/7/api_keys": () => list([{ ...profile, calls_total: calls }]),
    });
    await renderPage(<StartPage />);
    expect(
      await screen.findByText(`curl -i -X POST -H "api-token: $API_KEY" 'http://gate/orders/'`),
    ).toBeTruthy();
    calls = 1;
    expect(await screen.findByText("The first call arrived", {}, { timeout: 8000 })).toBeTruthy();
  });

  it("do not send a viewer to what a viewer may not do", async () => {
    fakeApi({ "GET /api/api_collections": { json: [] }, "GET /api/v2/api_clients": list([]) });
    await renderPage(<StartPage />, { me: { role: "viewer", project_ids: null } });
    expect(await screen.findByText(/your role is viewer, changes need admin/)).toBeTruthy();
  });
});
