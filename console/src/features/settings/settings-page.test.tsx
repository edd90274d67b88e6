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
  profiles_per_client: 20,
  session_idle_minutes: 720,
  session_life_hours: 168,
  max_staleness_seconds: null,
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
    const idle = screen.getByRole("textbox", { name: "Ends unused after (minutes)" });
    await user.clear(idle);
    await user.type(idle, "60");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(screen.getByText("Everything is saved.")).toBeTruthy());
    expect(log.find(({ method }) => method === "PUT")?.body).toEqual({
      ...stored,
      time_zone: "Europe/Berlin",
      rate_limit_headers: true,
      session_idle_minutes: 60,
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

  it("are saved only as they were read, and loaded anew where somebody was quicker", async () => {
    let zone = "UTC";
    const log = fakeApi({
      "GET /api/settings": () => ({
        json: { data: { ...stored, time_zone: zone } },
        headers: { ETag: '"41"' },
      }),
      "PUT /api/settings": {
        status: 409,
        json: { message: "no", errors: { "If-Match": ["is stale: this was changed meanwhile"] } },
      },
    });
    const { user } = await renderPage(<SettingsPage />);
    await user.click(await screen.findByRole("switch", { name: /^X-RateLimit headers/ }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Somebody else changed the settings meanwhile")).toBeTruthy();
    expect(log.find(({ method }) => method === "PUT")?.headers.get("If-Match")).toBe('"41"');
    zone = "Europe/Berlin";
    await user.click(screen.getByRole("button", { name: "Load the present settings" }));
    expect(await screen.findAllByDisplayValue("Europe/Berlin")).not.toEqual([]);
    expect(screen.queryByText("Somebody else changed the settings meanwhile")).toBeNull();
    expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
  });

  it("bound the age of the configuration, and say the bound in words", async () => {
    const log = fakeApi({
      "GET /api/settings": { json: { data: stored } },
      "PUT /api/settings": {
        status: 400,
        json: { message: "no", errors: { max_staleness_seconds: ["must be at least 10"] } },
      },
    });
    const { user } = await renderPage(<SettingsPage />);
    const name = "Maximum age of the configuration (seconds)";
    const bound = await screen.findByRole("switch", { name: /^Refuse calls when/ });
    expect(screen.queryByRole("textbox", { name })).toBeNull();
    await user.click(bound);
    expect(screen.getByTestId("max-age-in-words").textContent).toContain("After 1 hour without");
    const seconds = screen.getByRole("textbox", { name });
    await user.clear(seconds);
    await user.type(seconds, "5");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("must be at least 10")).toBeTruthy();
    expect(log.find(({ method }) => method === "PUT")?.body).toEqual({
      ...stored,
      max_staleness_seconds: 5,
    });
    await user.click(bound);
    expect(screen.queryByRole("textbox", { name })).toBeNull();
    expect(screen.getByText("Everything is saved.")).toBeTruthy();
  });

  it("say to whom they are shown", async () => {
    fakeApi({ "GET /api/settings": { status: 403, json: { message: "not allowed" } } });
    await renderPage(<SettingsPage />);
    expect(await screen.findByText("Settings are for admins")).toBeTruthy();
  });
});
