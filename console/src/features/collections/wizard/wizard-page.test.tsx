import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { sampleCollection } from "../../../test/sample-collection";
import { WizardPage } from "./wizard-page";

const operation = (method: string, path: string, name: string) => ({
  operation: `${method} /${path}`,
  name,
  method,
  path,
  description: null,
});

const preview = {
  name: "Orders",
  version: "2.1",
  path: "orders-v2-1",
  description: "What customers ordered",
  upstream_url: null,
  upstream_problem: "the document names no server",
  endpoints: [
    operation("GET", "orders", "List orders"),
    operation("POST", "orders", "Place an order"),
    operation("DELETE", "orders/{id}", "Cancel an order"),
  ],
  failed_actions: ["TRACE /orders: this method cannot be an endpoint"],
};

const PROJECTS = { "GET /api/projects": { json: [{ id: 1, name: "Default" }] } };
const PREVIEW = "POST /api/api_collections/preview";
const CREATE = "POST /api/api_collections";

async function paste(user: Awaited<ReturnType<typeof renderPage>>["user"], text: string) {
  await user.click(screen.getByRole("button", { name: "Paste it" }));
  await user.click(screen.getByRole("textbox", { name: "OpenAPI document" }));
  await user.paste(text);
  await user.click(screen.getByRole("button", { name: "Next" }));
}

describe("new collection", () => {
  it("is made of the operations that are chosen of a document", async () => {
    const log = fakeApi({
      ...PROJECTS,
      [PREVIEW]: { json: { data: preview } },
      [CREATE]: { json: sampleCollection({ id: 9 }) },
    });
    const { user, router } = await renderPage(<WizardPage />);
    await paste(user, "openapi: 3.1.0");
    await user.click(await screen.findByRole("checkbox", { name: "DELETE /orders/{id}" }));
    expect(screen.getByTestId("chosen-count").textContent).toBe("2 of 3 operations chosen");
    expect(screen.getByText("1 operation cannot be an endpoint")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Next" }));
    expect(screen.getByText(/the document names no server/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Create collection" }));
    expect(screen.getByText(/Give the address of the service/)).toBeTruthy();
    await user.type(
      screen.getByRole("textbox", { name: "Upstream address 1" }),
      "http://10.0.0.5:8080",
    );
    await user.click(screen.getByRole("button", { name: "Create collection" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/collections/9"));
    expect(log.find(({ path }) => path === "/api/api_collections")?.body).toEqual({
      name: "Orders",
      version: "2.1",
      description: "What customers ordered",
      upstream: { urls: ["http://10.0.0.5:8080"], auth: { type: "none" } },
      openapi_spec: {
        content: "openapi: 3.1.0",
        format: "yaml",
        only: ["GET /orders", "POST /orders"],
      },
    });
  });

  it("says what is wrong with the document, and asks for at least one operation", async () => {
    const log = fakeApi({
      [PREVIEW]: ({ body }) =>
        JSON.stringify(body).includes("swagger")
          ? {
              status: 400,
              json: {
                message: "x",
                errors: { "openapi_spec.content": ["is a Swagger 2.0 document"] },
              },
            }
          : { json: { data: preview } },
    });
    const { user } = await renderPage(<WizardPage />);
    await paste(user, '{"swagger": "2.0"}');
    expect(await screen.findByText("The document is a Swagger 2.0 document")).toBeTruthy();
    await user.type(screen.getByRole("textbox", { name: "OpenAPI document" }), " ");
    expect(screen.queryByText("The document is a Swagger 2.0 document")).toBeNull();
    await user.clear(screen.getByRole("textbox", { name: "OpenAPI document" }));
    await user.paste('{"openapi": "3.1.0"}');
    await user.click(screen.getByRole("button", { name: "Next" }));
    await user.click(await screen.findByRole("button", { name: "Choose none" }));
    await user.click(screen.getByRole("button", { name: "Next" }));
    expect(screen.getByText("Choose at least one operation")).toBeTruthy();
    expect(log.map(({ path }) => path)).not.toContain("/api/api_collections");
  });

  it("is made by hand, with the server's words at their field", async () => {
    const log = fakeApi({
      ...PROJECTS,
      [CREATE]: {
        status: 409,
        json: { message: "x", errors: { path: ["has already been taken"] } },
      },
    });
    const { user } = await renderPage(<WizardPage />);
    await user.click(screen.getByRole("radio", { name: /By hand/ }));
    await user.click(screen.getByRole("button", { name: "Next" }));
    await user.type(screen.getByRole("textbox", { name: /^Name/ }), "Quotes");
    await user.type(screen.getByRole("textbox", { name: "Upstream address 1" }), "http://q");
    await user.click(screen.getByRole("button", { name: "Create collection" }));
    expect(await screen.findByText("has already been taken")).toBeTruthy();
    expect(log.find(({ path }) => path === "/api/api_collections")?.body).toEqual({
      name: "Quotes",
      version: "1.0",
      description: null,
      upstream: { urls: ["http://q"], auth: { type: "none" } },
    });
  });
});
