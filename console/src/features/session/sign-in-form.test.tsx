import { screen, waitFor } from "@testing-library/react";
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

  it("asks for a code only where the server wants one, and says when it is wrong", async () => {
    const log = fakeApi({
      "POST /api/sessions": ({ body }) => {
        const code = (body as { code?: string }).code;
        if (code === "123456") return { json: { data: {} } };
        const type = `urn:portcullis:problem:${code ? "wrong_code" : "code_needed"}`;
        return { status: 401, json: { type, message: "no", errors: { code: ["x"] } } };
      },
    });
    const onSignedIn = vi.fn();
    const { user } = await renderPage(<SignInForm onSignedIn={onSignedIn} />);
    expect(screen.queryByRole("textbox", { name: "Code" })).toBeNull();
    await user.type(screen.getByRole("textbox", { name: "E-mail" }), "a@b.example");
    await user.type(screen.getByLabelText(/^Password/), "right password");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await user.type(await screen.findByRole("textbox", { name: "Code" }), "000000");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByText("The code is wrong, or was used already")).toBeTruthy();
    await user.type(screen.getByRole("textbox", { name: "Code" }), "123456");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
    expect(log.at(0)?.body).toEqual({ email: "a@b.example", password: "right password" });
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
