import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { SignInSettingsPage } from "./sign-in-settings-page";

const stored = {
  enabled: true,
  name: "Example SSO",
  issuer: "https://sso.example.com",
  client_id: "portcullis",
  has_client_secret: true,
  scopes: ["openid", "email", "profile"],
  group_claim: "groups",
  group_roles: [{ group: "ops", role: "operator" }],
  default_role: null,
  console_url: null,
  redirect_uri: "http://127.0.0.1:8081/api/sessions/oidc/callback",
};

describe("sign-in with OpenID Connect", () => {
  it("keeps the stored secret, and maps groups to roles", async () => {
    const log = fakeApi({
      "GET /api/settings/oidc": { json: { data: stored } },
      "PUT /api/settings/oidc": { json: { data: stored } },
    });
    const { user } = await renderPage(<SignInSettingsPage />);
    expect((await screen.findByTestId("redirect-uri")).textContent).toContain("/oidc/callback");
    await user.click(screen.getByRole("button", { name: "Add group" }));
    await user.type(screen.getByRole("textbox", { name: "Group 2" }), "leads");
    await user.selectOptions(screen.getByRole("combobox", { name: "Role of group 2" }), "admin");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(log.find(({ method }) => method === "PUT")?.body).toEqual({
      enabled: true,
      name: "Example SSO",
      issuer: "https://sso.example.com",
      client_id: "portcullis",
      group_claim: "groups",
      group_roles: [
        { group: "ops", role: "operator" },
        { group: "leads", role: "admin" },
      ],
      default_role: null,
      console_url: null,
    });
  });

  it("shows what the server finds wrong at its field", async () => {
    fakeApi({
      "GET /api/settings/oidc": { json: { data: null } },
      "PUT /api/settings/oidc": {
        status: 422,
        json: { message: "no", errors: { issuer: ["cannot be reached"] } },
      },
    });
    const { user } = await renderPage(<SignInSettingsPage />);
    await user.type(await screen.findByRole("textbox", { name: "Issuer" }), "https://x.example");
    await user.type(screen.getByRole("textbox", { name: "Client id" }), "portcullis");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("cannot be reached")).toBeTruthy();
  });
});
