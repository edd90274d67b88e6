import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { AccountPage } from "./account-page";
import { browserName } from "./browser-name";

const me = {
  id: 1,
  kind: "member",
  name: "Olive",
  email: "olive@example.com",
  role: "owner",
  project_ids: null,
  totp_enabled: false,
  created_at: "2026-11-24T08:00:00.000Z",
} as const;
const session = (id: number, current: boolean) => ({
  id,
  current,
  member_id: 1,
  member_email: "olive@example.com",
  address: "127.0.0.1",
  user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
  created_at: "2026-11-24T08:00:00.000Z",
  last_seen_at: "2026-11-24T08:00:00.000Z",
});
const sessions = {
  json: { data: [session(1, true), session(2, false)], count: 2, page: 1, per_page: 25 },
};

describe("your account", () => {
  it("enrols an authenticator app and shows the recovery codes once", async () => {
    const log = fakeApi({
      "GET /api/sessions": sessions,
      "GET /api/users/me": { json: { ...me, totp_enabled: true } },
      "POST /api/users/me/totp": ({ body }) => ({
        json: {
          data:
            "code" in (body as object)
              ? { state: "enabled", secret: null, otpauth_url: null, recovery_codes: ["aa", "bb"] }
              : {
                  state: "pending",
                  secret: "JBSWY3DP",
                  otpauth_url: "otpauth://totp/x?secret=JBSWY3DP",
                  recovery_codes: null,
                },
        },
      }),
    });
    const { user } = await renderPage(<AccountPage />, { me });
    await user.click(screen.getByRole("button", { name: "Set up an authenticator app" }));
    const dialog = await screen.findByRole("dialog", { name: "Set up an authenticator app" });
    await user.type(within(dialog).getByLabelText(/^Present password/), "the password");
    await user.click(within(dialog).getByRole("button", { name: "Next" }));
    expect(await within(dialog).findByRole("img", { name: /^QR code/ })).toBeTruthy();
    await user.type(within(dialog).getByRole("textbox", { name: "Code" }), "123 456");
    await user.click(within(dialog).getByRole("button", { name: "Switch on" }));
    expect((await screen.findByTestId("recovery-codes")).textContent).toBe("aabb");
    expect(log.filter(({ path }) => path === "/api/users/me/totp").map(({ body }) => body)).toEqual(
      [{ current_password: "the password" }, { code: "123456" }],
    );
    await user.click(screen.getByRole("button", { name: "I have stored them" }));
    expect(screen.queryByTestId("recovery-codes")).toBeNull();
  });

  it("ends another session, never its own by that button", async () => {
    const log = fakeApi({
      "GET /api/sessions": sessions,
      "DELETE /api/sessions/2": { json: { success: true } },
    });
    const { user } = await renderPage(<AccountPage />, { me });
    expect(await screen.findAllByText("Firefox on Linux")).toHaveLength(2);
    expect(screen.queryByRole("button", { name: "End the session 1" })).toBeNull();
    await user.click(screen.getByRole("button", { name: "End the session 2" }));
    await waitFor(() => expect(log.some(({ method }) => method === "DELETE")).toBe(true));
  });

  it("changes the password and shows a refusal at its field", async () => {
    fakeApi({
      "GET /api/sessions": sessions,
      "PUT /api/users/me/password": {
        status: 400,
        json: { message: "no", errors: { current_password: ["is wrong"] } },
      },
    });
    const { user } = await renderPage(<AccountPage />, { me });
    await user.type(screen.getByLabelText(/^Present password/), "not this");
    await user.type(screen.getByLabelText(/^New password/), "short");
    await user.type(screen.getByLabelText(/^Repeat the new password/), "other");
    await user.click(screen.getByRole("button", { name: "Change password" }));
    expect(await screen.findByText("Use 12 to 256 characters")).toBeTruthy();
    expect(screen.getByText("The two differ")).toBeTruthy();
    for (const label of [/^New password/, /^Repeat the new password/]) {
      await user.clear(screen.getByLabelText(label));
      await user.type(screen.getByLabelText(label), "a long new password");
    }
    await user.click(screen.getByRole("button", { name: "Change password" }));
    expect(await screen.findByText("is wrong")).toBeTruthy();
  });

  it("names browsers", () => {
    const chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/130.0 Safari/537.36";
    expect(browserName(chrome)).toBe("Chrome on macOS");
    expect(browserName("")).toBe("Unknown browser");
  });
});
