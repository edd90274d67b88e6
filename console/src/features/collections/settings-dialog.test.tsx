import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Collection } from "../../api/types";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { SettingsDialog } from "./settings-dialog";

const collection = {
  id: 3,
  name: "Orders",
  version: "1.0",
  cors: null,
  allow_query_token: false,
} as unknown as Collection;

const refused = {
  status: 400,
  json: { message: "x", errors: { "cors.headers[0]": ["is no header name"] } },
};

describe("collection settings", () => {
  it("send CORS rules, and put the server's words at their field", async () => {
    const log = fakeApi({ "PUT /api/api_collections/3": refused });
    const { user } = await renderPage(
      <SettingsDialog collection={collection} onClose={() => {}} />,
    );
    await user.click(screen.getByRole("switch", { name: /Web pages of other origins/ }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(log).toEqual([]);
    await user.type(screen.getByRole("combobox", { name: /^Origins/ }), "https://app.test{Enter}");
    await user.type(screen.getByRole("combobox", { name: "Request headers" }), "x y{Enter}");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(
        screen.getByRole("combobox", { name: "Request headers" }).getAttribute("aria-invalid"),
      ).toBe("true"),
    );
    expect(screen.getByText("is no header name")).toBeTruthy();
    expect(log[0]?.body).toEqual({
      cors: {
        origins: ["https://app.test"],
        headers: ["x y"],
        expose: [],
        max_age_seconds: 600,
      },
      allow_query_token: false,
    });
  });

  it("warn of tokens in URLs", async () => {
    fakeApi({});
    const { user } = await renderPage(
      <SettingsDialog collection={collection} onClose={() => {}} />,
    );
    expect(screen.queryByText("Tokens in URLs leak")).toBeNull();
    await user.click(screen.getByRole("switch", { name: /auth token may stand/ }));
    expect(screen.getByText("Tokens in URLs leak")).toBeTruthy();
  });
});
