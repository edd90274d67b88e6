import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { FIRST_PAGE } from "../../../ui/list-search";
import { WebhookPage } from "./webhook-page";
import { WebhooksPage } from "./webhooks-page";

const webhook = {
  id: 3,
  name: "Operations",
  url: "https://hooks.example.com/p",
  enabled: true,
  events: ["profile.disabled"],
  secret: "••••••••••••3fQ=",
  last_delivery: null,
  pending_count: 0,
  dropped_total: 0,
  created_at: "2026-11-24T08:00:00.000Z",
  updated_at: "2026-11-24T08:00:00.000Z",
};
const delivery = {
  id: 41,
  message_id: "msg_1",
  event: "profile.disabled",
  state: "failed",
  attempts_count: 10,
  next_attempt_at: null,
  created_at: "2026-11-24T08:00:00.000Z",
  finished_at: "2026-11-24T08:00:00.000Z",
  attempts: [
    { at: "2026-11-24T08:00:00.000Z", status: null, error: "unreachable", duration_ms: 12 },
  ],
  payload: { type: "profile.disabled", timestamp: "2026-11-24T08:00:00.000Z", data: { id: 7 } },
};
const list = (data: unknown[]) => ({ json: { data, count: data.length, page: 1, per_page: 25 } });

describe("webhooks", () => {
  it("are made for chosen events, and their secret is shown once", async () => {
    const log = fakeApi({
      "GET /api/webhooks": list([]),
      "POST /api/webhooks": { json: { data: { ...webhook, secret: "whsec_whole" } } },
    });
    const { user } = await renderPage(<WebhooksPage search={FIRST_PAGE} onSearch={() => {}} />);
    await screen.findByText("No webhook yet");
    await user.click(screen.getByRole("button", { name: "Add webhook" }));
    const dialog = await screen.findByRole("dialog", { name: "Add webhook" });
    await user.type(within(dialog).getByRole("textbox", { name: "Name" }), "Operations");
    await user.type(within(dialog).getByRole("textbox", { name: "URL" }), "ftp://x");
    await user.click(within(dialog).getByRole("button", { name: "Add webhook" }));
    expect(await within(dialog).findByText("Enter an https URL")).toBeTruthy();
    const url = within(dialog).getByRole("textbox", { name: "URL" });
    await user.clear(url);
    await user.type(url, "https://hooks.example.com/p");
    await user.click(within(dialog).getByRole("checkbox", { name: /^A credential/ }));
    await user.click(within(dialog).getByRole("button", { name: "Add webhook" }));
    expect((await screen.findByTestId("credential-value")).textContent).toBe("whsec_whole");
    expect(log.find(({ method }) => method === "POST")?.body).toEqual({
      name: "Operations",
      url: "https://hooks.example.com/p",
      events: ["profile.disabled", "gateway.unhealthy"],
    });
  });

  it("show what was sent and why it failed, and send it again", async () => {
    const log = fakeApi({
      "GET /api/webhooks/3": { json: { data: webhook } },
      "GET /api/webhooks/3/deliveries": list([delivery]),
      "POST /api/webhooks/3/deliveries/41/retry": { json: { data: delivery } },
    });
    const { user } = await renderPage(<WebhookPage webhookId={3} onDeleted={() => {}} />);
    expect(await screen.findByText("could not be reached, after 12 ms")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Send again" }));
    await waitFor(() =>
      expect(log.some(({ path }) => path === "/api/webhooks/3/deliveries/41/retry")).toBe(true),
    );
  });
});
