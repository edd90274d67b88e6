import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Asked, fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { sampleCollection, sampleEndpoint } from "../../../test/sample-collection";
import { FIRST_PAGE } from "../../../ui/list-search";
import { EndpointsTab } from "./endpoints-tab";

const tab = (
  <EndpointsTab collection={sampleCollection()} search={FIRST_PAGE} onSearch={() => {}} />
);
const LIST = { "GET /api/api_endpoints": { json: [sampleEndpoint()] } };

const sent = (log: Asked[]) => log.filter(({ method }) => method !== "GET");

describe("endpoints of a collection", () => {
  it("are listed with method and path, and switched by their slider", async () => {
    const log = fakeApi({
      ...LIST,
      "PUT /api/api_endpoints/31/disable": { json: { success: true } },
    });
    const { user } = await renderPage(tab);
    const row = await screen.findByRole("row", { name: /Get an order/ });
    expect(within(row).getByText("GET")).toBeTruthy();
    expect(within(row).getByText("/orders/{id}")).toBeTruthy();
    await user.click(within(row).getByRole("switch", { name: "Enabled: Get an order" }));
    await waitFor(() => expect(sent(log)).toHaveLength(1));
    expect(sent(log)[0]?.path).toBe("/api/api_endpoints/31/disable");
  });

  it("are added, with the server's words at their field", async () => {
    const log = fakeApi({
      ...LIST,
      "POST /api/api_collections/3/api_endpoints": {
        status: 409,
        json: { message: "x", errors: { path: ["has already been taken"] } },
      },
    });
    const { user } = await renderPage(tab);
    await user.click(await screen.findByRole("button", { name: "Add endpoint" }));
    const dialog = await screen.findByRole("dialog", { name: "Add endpoint" });
    await user.type(within(dialog).getByRole("textbox", { name: "Name" }), "Place an order");
    await user.selectOptions(within(dialog).getByRole("combobox", { name: "Method" }), "POST");
    await user.click(within(dialog).getByRole("textbox", { name: "Path" }));
    await user.paste("/orders");
    expect(within(dialog).getByTestId("endpoint-url").textContent).toBe(
      "http://gateway.test/orders-v1/orders",
    );
    await user.click(within(dialog).getByRole("button", { name: "Add endpoint" }));
    expect(await within(dialog).findByText("has already been taken")).toBeTruthy();
    expect(sent(log)[0]?.body).toEqual({
      name: "Place an order",
      method: "POST",
      path: "/orders",
      description: null,
      upstream_path: null,
      active: false,
    });
  });

  it("are tried: what came back is shown, with a link to Explain", async () => {
    const log = fakeApi({
      ...LIST,
      "POST /api/api_endpoints/31/try": {
        json: {
          data: {
            method: "GET",
            url: "http://127.0.0.1:8080/orders-v1/orders/7",
            status: 403,
            headers: [{ name: "content-type", value: "application/json" }],
            body: '{"code":"forbidden"}',
            body_encoding: "text",
            body_bytes: 20,
            body_truncated: false,
            duration_ms: 1.26,
            request_id: "r-1",
          },
        },
      },
    });
    const { user } = await renderPage(tab);
    const [button] = await screen.findAllByRole("button", { name: "Try it: Get an order" });
    if (!button) throw new Error("no button");
    await user.click(button);
    const dialog = await screen.findByRole("dialog", { name: "Try Get an order" });
    await user.type(within(dialog).getByLabelText("Credential"), "pc_secret");
    await user.type(within(dialog).getByRole("textbox", { name: "Path parameter id" }), "7");
    await user.click(within(dialog).getByRole("button", { name: "Add parameter" }));
    await user.type(within(dialog).getByRole("textbox", { name: "Parameter 1 name" }), "a");
    await user.type(within(dialog).getByRole("textbox", { name: "Parameter 1 value" }), "1");
    await user.click(within(dialog).getByRole("button", { name: "Send" }));
    const answer = await within(dialog).findByTestId("try-answer");
    expect(answer.dataset.status).toBe("403");
    expect(within(answer).getByTestId("try-body").textContent).toBe('{\n  "code": "forbidden"\n}');
    const link = within(answer).getByRole("link", { name: "Explain" });
    expect(link.getAttribute("href")).toContain("/logs/explain?request_id=r-1");
    expect(sent(log)[0]?.body).toEqual({
      credential: "pc_secret",
      path_params: { id: "7" },
      query: { a: "1" },
      headers: {},
      body: null,
    });
  });

  it("are activated one by one: a refusal says how far it went", async () => {
    const off = [1, 2, 3].map((id) =>
      sampleEndpoint({ id, name: `Endpoint ${id}`, active: false }),
    );
    const log = fakeApi({
      "GET /api/api_endpoints": { json: off, headers: { "X-Total-Count": "3" } },
      "PUT /api/api_endpoints/1/enable": { json: { success: true } },
      "PUT /api/api_endpoints/2/enable": { status: 503, json: { message: "The disk is full." } },
    });
    const { user } = await renderPage(tab);
    await user.click(await screen.findByRole("button", { name: "Activate all" }));
    const dialog = await screen.findByRole("dialog", { name: "Activate all endpoints" });
    await user.click(within(dialog).getByRole("button", { name: "Activate all" }));
    expect((await within(dialog).findByRole("alert")).textContent).toBe(
      "1 of 3 endpoints is active now; it stopped at Endpoint 2: The disk is full. Try again to activate the rest.",
    );
    expect(sent(log).map(({ path }) => path)).toEqual([
      "/api/api_endpoints/1/enable",
      "/api/api_endpoints/2/enable",
    ]);
    const asked = log.find(({ query }) => query.get("active") === "false");
    expect(asked?.query.get("api_collection_id")).toBe("3");
  });

  it("are only looked at by a viewer", async () => {
    fakeApi(LIST);
    await renderPage(tab, { me: { role: "viewer", project_ids: null } });
    const row = await screen.findByRole("row", { name: /Get an order/ });
    expect(within(row).queryAllByRole("button")).toEqual([]);
    expect(within(row).getByRole("switch").matches(":disabled")).toBe(true);
    expect(screen.queryByRole("button", { name: "Add endpoint" })).toBeNull();
  });
});
