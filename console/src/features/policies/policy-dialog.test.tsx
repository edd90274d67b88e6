import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Policy } from "../../api/types";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { PolicyDialog } from "./policy-dialog";

const policy = {
  id: 3,
  name: "Partners",
  description: null,
  rate_limit: { limit: 6, interval: "minute" },
  usage_quota: { limit: 1000, interval: "30 days" },
  on_store_failure: { rate: "allow_local", quota: "deny" },
  profiles_count: 2,
  clients_count: 0,
} as unknown as Policy;

const words = () => screen.getByTestId("limits-in-words").textContent;

describe("policy dialog", () => {
  it("says in words what it means, and sends both limits", async () => {
    const log = fakeApi({ "POST /api/api_policies": { json: { data: policy } } });
    const { user } = await renderPage(<PolicyDialog policy={null} isOpen onClose={() => {}} />);
    expect(words()).toBe("No limits.");
    await user.type(screen.getByRole("textbox", { name: "Name" }), "Partners");
    await user.type(screen.getByRole("textbox", { name: "Rate limit: calls" }), "6");
    await user.type(screen.getByRole("textbox", { name: "Usage quota: calls" }), "1000");
    expect(words()).toBe("At most 6 calls in any minute and 1,000 in 30 days for each profile.");
    await user.click(screen.getByRole("checkbox", { name: "Rate limit: no limit" }));
    expect(words()).toBe("At most 1,000 calls in 30 days for each profile.");
    await user.click(screen.getByRole("button", { name: "Add policy" }));
    await waitFor(() => expect(log).toHaveLength(1));
    expect(log[0]?.body).toEqual({
      name: "Partners",
      description: null,
      rate_limit: null,
      usage_quota: { limit: 1000, interval: "30 days" },
      on_store_failure: { quota: "deny" },
    });
  });

  it("asks for at least one limit before it asks the server", async () => {
    const log = fakeApi({});
    const { user } = await renderPage(<PolicyDialog policy={null} isOpen onClose={() => {}} />);
    await user.type(screen.getByRole("textbox", { name: "Name" }), "None");
    await user.click(screen.getByRole("checkbox", { name: "Rate limit: no limit" }));
    await user.click(screen.getByRole("checkbox", { name: "Usage quota: no limit" }));
    await user.click(screen.getByRole("button", { name: "Add policy" }));
    expect(await screen.findByText("A policy has at least one of the two limits")).toBeTruthy();
    expect(log).toEqual([]);
  });

  it("warns before the quota of a policy in use counts by another interval", async () => {
    fakeApi({});
    const { user } = await renderPage(<PolicyDialog policy={policy} isOpen onClose={() => {}} />);
    const period = screen.getByRole("combobox", { name: "Usage quota: period" });
    expect(screen.queryByText("The quota's period starts at 0")).toBeNull();
    await user.selectOptions(period, "month");
    expect(screen.getByText("The quota's period starts at 0")).toBeTruthy();
    await user.selectOptions(period, "30 days");
    expect(screen.queryByText("The quota's period starts at 0")).toBeNull();
  });
});
