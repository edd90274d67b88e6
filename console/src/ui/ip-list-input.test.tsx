import { screen } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { renderPage } from "../test/render";
import { IpListInput } from "./ip-list-input";

function Harness() {
  const [value, setValue] = useState<string[]>([]);
  return (
    <>
      <IpListInput label="IP allow list" description="" value={value} onChange={setValue} />
      <output>{JSON.stringify(value)}</output>
    </>
  );
}

const list = () => JSON.parse(screen.getByRole("status").textContent ?? "[]");

describe("IP list", () => {
  it("makes a tag of a good entry and says which network it means", async () => {
    const { user } = await renderPage(<Harness />);
    await user.type(
      screen.getByRole("textbox", { name: "IP allow list" }),
      "106.226.100.3/20{Enter}",
    );
    expect(list()).toEqual(["106.226.100.3/20"]);
    expect(screen.getByText("106.226.100.3/20 means 106.226.96.0/20")).toBeTruthy();
  });

  it("keeps a bad entry in the input with the reason", async () => {
    const { user } = await renderPage(<Harness />);
    const input = screen.getByRole("textbox", { name: "IP allow list" });
    await user.type(input, "10.0.0.300");
    expect(screen.getByText('"10.0.0.300" is neither an IP address nor a CIDR')).toBeTruthy();
    await user.type(input, "{Enter}");
    expect(list()).toEqual([]);
    expect(input).toHaveProperty("value", "10.0.0.300");
  });

  it("says nothing while an address is half typed", async () => {
    const { user } = await renderPage(<Harness />);
    await user.type(screen.getByRole("textbox", { name: "IP allow list" }), "10.0.");
    expect(screen.queryByText(/neither an IP address/)).toBeNull();
  });

  it("takes several pasted at once and each only once", async () => {
    const { user } = await renderPage(<Harness />);
    await user.click(screen.getByRole("textbox", { name: "IP allow list" }));
    await user.paste("10.0.0.1, 2001:db8::/32\n10.0.0.1 nonsense");
    expect(list()).toEqual(["10.0.0.1", "2001:db8::/32"]);
    expect(screen.getByText('"nonsense" is neither an IP address nor a CIDR')).toBeTruthy();
  });

  it("removes an entry by its button", async () => {
    const { user } = await renderPage(<Harness />);
    await user.type(
      screen.getByRole("textbox", { name: "IP allow list" }),
      "10.0.0.1{Enter}10.0.0.2{Enter}",
    );
    await user.click(screen.getByRole("button", { name: "Remove 10.0.0.1" }));
    expect(list()).toEqual(["10.0.0.2"]);
  });
});
