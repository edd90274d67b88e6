import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { includes, ROLES } from "../api/me";
import { renderPage } from "../test/render";
import { EnabledSwitch } from "./enabled-switch";
import { ForRole, PageForRole, RoleNote } from "./for-role";

const page = (
  <>
    <RoleNote needs="admin" isOfWorkspace what="the policies" />
    <ForRole needs="admin" isOfWorkspace>
      <button type="button">Add policy</button>
    </ForRole>
    <EnabledSwitch of="Acme" checked isPending={false} onToggle={() => {}} />
  </>
);

describe("what a role may do", () => {
  it("grows from viewer to owner", () => {
    const table = ROLES.map((role) => ROLES.map((needs) => includes(role, needs)));
    expect(table).toEqual([
      [true, false, false, false],
      [true, true, false, false],
      [true, true, true, false],
      [true, true, true, true],
    ]);
  });

  it("shows a viewer why nothing can be changed", async () => {
    await renderPage(page, { me: { role: "viewer", project_ids: null } });
    expect(screen.queryByRole("button", { name: "Add policy" })).toBeNull();
    expect(screen.getByText(/your role is viewer, changes need admin/)).toBeTruthy();
    const slider = screen.getByRole("switch", { name: "Enabled: Acme" });
    expect(slider).toHaveProperty("disabled", true);
    expect(slider.title).toBe("Your role may not do this; an operator may.");
  });

  it("lets an admin of everything change all, and one of some projects only what is theirs", async () => {
    const { unmount } = await renderPage(page, { me: { role: "admin", project_ids: null } });
    expect(screen.getByRole("button", { name: "Add policy" })).toBeTruthy();
    unmount();
    await renderPage(page, { me: { role: "admin", project_ids: [1] } });
    expect(screen.queryByRole("button", { name: "Add policy" })).toBeNull();
    expect(screen.getByText(/you are confined to some projects/)).toBeTruthy();
  });

  it("keeps whole pages for some roles", async () => {
    await renderPage(<PageForRole needs="admin">secret</PageForRole>, { me: { role: "operator" } });
    expect(screen.queryByText("secret")).toBeNull();
    expect(screen.getByRole("heading", { name: "Only for admins" })).toBeTruthy();
  });
});
