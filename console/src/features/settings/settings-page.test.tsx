import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { SettingsPage } from "./settings-page";

const stored = {
  public_url: null,
  prefix: "",
  custom_domains: [] as string[],
  time_zone: "UTC",
  trusted_proxies: ["10.1.2.3/8"],
  outbound_allowed: [],
  rate_limit_headers: false,
};

describe("settings", () => {
  it("show the network an entry means, warn about the time zone, and save all", async () => {
    const log = fakeApi({
      "GET /api/settings": { json: { data: stored } },
      "PUT /api/settings": ({ body }) => ({ json: { data: body } }),
    });
    const { user } = await renderPage(<SettingsPage />);
    expect(await screen.findByText("10.1.2.3/8 means 10.0.0.0/8")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
    const zone = screen.getByLabelText("Time zone", { selector: "input" });
    await user.clear(zone);
    await user.type(zone, "Berlin");
    await user.click(await screen.findByRole("option", { name: "Europe/Berlin" }));
    expect(screen.getByText("Usage quotas start a new period at 0")).toBeTruthy();
    await user.click(screen.getByRole("switch", { name: /^X-RateLimit headers/ }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(screen.getByText("Everything is saved.")).toBeTruthy());
    expect(log.find(({ method }) => method === "PUT")?.body).toEqual({
      ...stored,
      time_zone: "Europe/Berlin",
      rate_limit_headers: true,
    });
  });

  it("say where collections will be found, and show what the server finds wrong at its field", async () => {
    const log = fakeApi({
      "GET /api/settings": { json: { data: stored } },
      "PUT /api/settings": {
        status: 400,
        json: { message: "no", errors: { "custom_domains[1]": ["must be a host name"] } },
      },
    });
    const { user } = await renderPage(<SettingsPage />);
    await user.type(await screen.findByLabelText("Public address"), "https://api.example.com");
    await user.type(screen.getByLabelText("Prefix"), "/acme/");
    expect(screen.getByText("https://api.example.com/acme/<collection>")).toBeTruthy();
    expect(screen.getByText("Former URLs end at once")).toBeTruthy();
    await user.type(
      screen.getByLabelText("Custom domains", { selector: "input" }),
      "apis.acme.example{Enter}a:80{Enter}",
    );
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("must be a host name")).toBeTruthy();
    expect(log.find(({ method }) => method === "PUT")?.body).toEqual({
      ...stored,
      public_url: "https://api.example.com",
      prefix: "/acme/",
      custom_domains: ["apis.acme.example", "a:80"],
    });
  });

  it("never save an entry that is none", async () => {
    const log = fakeApi({ "GET /api/settings": { json: { data: stored } } });
    const { user } = await renderPage(<SettingsPage />);
    await user.click(await screen.findByRole("switch", { name: /^X-RateLimit headers/ }));
    await user.type(screen.getByRole("textbox", { name: "Outbound allowed" }), "10.0.0.300");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getByText('"10.0.0.300" is neither an IP address nor a CIDR')).toBeTruthy();
    expect(log.filter(({ method }) => method === "PUT")).toEqual([]);
  });

  it("say to whom they are shown", async () => {
    fakeApi({ "GET /api/settings": { status: 403, json: { message: "not allowed" } } });
    await renderPage(<SettingsPage />);
    expect(await screen.findByText("Settings are for admins")).toBeTruthy();
  });
});
