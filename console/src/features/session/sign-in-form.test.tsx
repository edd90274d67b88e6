import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { fakeApi } from "../../test/fake-api";
import { renderPage } from "../../test/render";
import { tokenOf } from "./setup-page";
import { SignInForm } from "./sign-in-form";

describe("sign-in", () => {
  it("tells a refusal in the server's words and does not go on", async () => {
    fakeApi({
      "POST /api/sessions": { status: 401, json: { message: "e-mail or password is wrong" } },
    });
    const onSignedIn = vi.fn();
    const { user } = await renderPage(<SignInForm onSignedIn={onSignedIn} />);
    await user.type(screen.getByRole("textbox", { name: "E-mail" }), "a@b.example");
    await user.type(screen.getByLabelText(/^Password/), "not this one");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect((await screen.findByRole("alert")).textContent).toContain("e-mail or password is wrong");
    expect(onSignedIn).not.toHaveBeenCalled();
  });

  it("asks for both before it asks the server", async () => {
    const log = fakeApi({});
    const { user } = await renderPage(<SignInForm onSignedIn={() => {}} />);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByText("Enter your e-mail address")).toBeTruthy();
    expect(log).toEqual([]);
  });
});

describe("set-up link", () => {
  it("carries its token in the fragment", () => {
    expect(tokenOf("#token=abc")).toBe("abc");
    expect(tokenOf("token=abc")).toBe("abc");
    expect(tokenOf("")).toBe("");
  });
});
