import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { FIRST_PAGE } from "../../../ui/list-search";
import { MembersPage } from "./members-page";

const olive = {
  id: 1,
  email: "olive@example.com",
  name: "Olive",
  role: "owner",
  project_ids: null,
  enabled: true,
  has_password: true,
  last_sign_in_at: "2026-11-24T09:00:00.000Z",
  created_at: "2026-11-24T08:00:00.000Z",
  updated_at: "2026-11-24T08:00:00.000Z",
};
const list = (data: unknown[]) => ({ json: { data, count: data.length, page: 1, per_page: 25 } });
const projects = { json: [{ id: 7, name: "Partners", description: null, folder_id: 7 }] };
const page = <MembersPage search={FIRST_PAGE} onSearch={() => {}} />;
const asOwner = { me: { role: "owner", id: 1, kind: "member", project_ids: null } } as const;

describe("members", () => {
  it("are invited with role and projects; the link is shown once", async () => {
    const log = fakeApi({
      "GET /api/members": list([olive]),
      "GET /api/projects": projects,
      "POST /api/members": {
        json: {
          data: {
            ...olive,
            id: 2,
            email: "vic@example.com",
            password_link: {
              url: "http://console.test/setup#token=pcu_x",
              expires_at: "2026-11-25T08:00:00.000Z",
            },
          },
        },
      },
    });
    const { user } = await renderPage(page, asOwner);
    expect(await screen.findByText("You")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Invite a member" }));
    const dialog = await screen.findByRole("dialog", { name: "Invite a member" });
    await user.type(within(dialog).getByRole("textbox", { name: "E-mail" }), "vic@example.com");
    await user.click(within(dialog).getByText("Only some"));
    await user.click(within(dialog).getByRole("button", { name: "Invite" }));
    expect(await within(dialog).findByText("Choose at least one project")).toBeTruthy();
    await user.click(within(dialog).getByRole("combobox", { name: "Which projects" }));
    await user.click(await screen.findByRole("option", { name: "Partners" }));
    await user.click(within(dialog).getByRole("button", { name: "Invite" }));
    expect((await screen.findByTestId("password-link")).textContent).toContain("#token=pcu_x");
    expect(log.find(({ method }) => method === "POST")?.body).toEqual({
      email: "vic@example.com",
      name: null,
      role: "viewer",
      project_ids: [7],
    });
    await user.click(screen.getByRole("button", { name: "I have sent it" }));
    await waitFor(() => expect(screen.queryByTestId("password-link")).toBeNull());
  });

  it("are told why the last owner stays", async () => {
    fakeApi({
      "GET /api/members": list([olive]),
      "DELETE /api/members/1": {
        status: 409,
        json: { message: "olive@example.com is the last owner", errors: {} },
      },
    });
    const { user } = await renderPage(page, asOwner);
    await user.click(await screen.findByRole("button", { name: /^More about/ }));
    await user.click(await screen.findByRole("menuitem", { name: "Delete" }));
    const dialog = await screen.findByRole("dialog", { name: "Delete the member" });
    const button = within(dialog).getByRole("button", { name: "Delete member" });
    expect(button).toHaveProperty("disabled", true);
    await user.type(within(dialog).getByRole("textbox"), "olive@example.com");
    await user.click(button);
    expect(await within(dialog).findByText("olive@example.com is the last owner")).toBeTruthy();
  });

  it("are for owners, and nothing is asked for others", async () => {
    const log = fakeApi({});
    await renderPage(page, { me: { role: "admin", project_ids: null } });
    expect(await screen.findByText("Members: only for owners")).toBeTruthy();
    expect(log.filter(({ path }) => path === "/api/members")).toEqual([]);
  });
});
