import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { CollectionChange } from "../../../api/types";
import { fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { sampleCollection } from "../../../test/sample-collection";
import { SettingsTab } from "./settings-tab";

const SAVE = "PUT /api/api_collections/3";
const PROJECTS = { "GET /api/projects": { json: [{ id: 1, name: "Default" }] } };

function refused(errors: Record<string, string[]>) {
  return { status: 400, json: { message: "x", errors } };
}

const sent = (log: { method: string; body: unknown }[]) =>
  log.filter(({ method }) => method === "PUT").map(({ body }) => body as CollectionChange);

describe("a collection's settings", () => {
  it("send CORS rules, and put the server's words at their field", async () => {
    const log = fakeApi({
      ...PROJECTS,
      [SAVE]: refused({ "cors.headers[0]": ["is no header name"] }),
    });
    const { user } = await renderPage(<SettingsTab collection={sampleCollection()} />);
    await user.click(screen.getByRole("switch", { name: /Web pages of other origins/ }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getByText("Give at least one origin, or * for any")).toBeTruthy();
    expect(sent(log)).toEqual([]);
    await user.type(screen.getByRole("combobox", { name: /^Origins/ }), "https://app.test{Enter}");
    await user.type(screen.getByRole("combobox", { name: "Request headers" }), "x y{Enter}");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Number 1: is no header name")).toBeTruthy();
    expect(sent(log)[0]?.cors).toEqual({
      origins: ["https://app.test"],
      headers: ["x y"],
      expose: [],
      max_age_seconds: 600,
    });
  });

  it("keep the upstream's stored secret when none is typed", async () => {
    const collection = sampleCollection();
    const auth = { ...collection.upstream.auth, type: "header", name: "x-api-key" };
    const upstream = { ...collection.upstream, auth };
    const stored = { ...collection, upstream };
    const log = fakeApi({ ...PROJECTS, [SAVE]: { json: stored } });
    const { user } = await renderPage(<SettingsTab collection={stored} />);
    await user.click(screen.getByRole("button", { name: "Add address" }));
    await user.type(
      screen.getByRole("textbox", { name: "Upstream address 2" }),
      "http://10.0.0.6:8080",
    );
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent(log)).toHaveLength(1));
    expect(sent(log)[0]?.upstream).toMatchObject({
      urls: ["http://10.0.0.5:8080", "http://10.0.0.6:8080"],
      auth: { type: "header", name: "x-api-key" },
      http: "http1",
      health_check: null,
    });
    expect(JSON.stringify(sent(log)[0])).not.toContain('"value"');
  });

  it("ask for a secret where the way of authentication is new", async () => {
    const log = fakeApi(PROJECTS);
    const { user } = await renderPage(<SettingsTab collection={sampleCollection()} />);
    await user.selectOptions(
      screen.getByRole("combobox", { name: "Authentication at the upstream" }),
      "basic",
    );
    await user.type(screen.getByRole("textbox", { name: /^User/ }), "gateway");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Give the secret")).toBeTruthy();
    expect(sent(log)).toEqual([]);
  });

  it("show what the server says of the upstream at its field", async () => {
    fakeApi({
      ...PROJECTS,
      [SAVE]: refused({
        "upstream.urls[0]": ["leads to ourselves"],
        "upstream.timeouts_ms.connect": ["is too long"],
        send_claims: ["not now"],
      }),
    });
    const { user } = await renderPage(<SettingsTab collection={sampleCollection()} />);
    await user.type(screen.getByRole("textbox", { name: "Description" }), "About orders");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Number 1: leads to ourselves")).toBeTruthy();
    expect(screen.getByText("is too long")).toBeTruthy();
    expect(screen.getByText("not now")).toBeTruthy();
  });

  it("warn that the URL changes, and of tokens in URLs", async () => {
    fakeApi(PROJECTS);
    const { user } = await renderPage(<SettingsTab collection={sampleCollection()} />);
    expect(screen.queryByText("Tokens in URLs leak")).toBeNull();
    await user.click(screen.getByRole("switch", { name: /auth token may stand/ }));
    expect(screen.getByText("Tokens in URLs leak")).toBeTruthy();
    expect(screen.queryByText("The URL changes")).toBeNull();
    await user.type(screen.getByRole("textbox", { name: /^Path/ }), "x");
    expect(screen.getByText("The URL changes")).toBeTruthy();
  });

  it("cannot be changed by an operator", async () => {
    fakeApi(PROJECTS);
    await renderPage(<SettingsTab collection={sampleCollection()} />, {
      me: { role: "operator", project_ids: null },
    });
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
    const name = screen.getByRole("textbox", { name: /^Name/ });
    expect(name.closest("fieldset")?.disabled).toBe(true);
  });
});
