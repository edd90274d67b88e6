import { screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../../../../test/fake-api";
import { renderPage } from "../../../../test/render";
import { MtlsFields } from "./mtls-fields";
import { checkMtls, emptyMtls, type MtlsValues, mtlsFields, mtlsInWords } from "./mtls-values";

function Form({ onValues }: { onValues: (values: MtlsValues) => void }) {
  const [values, setValues] = useState(emptyMtls());
  onValues(values);
  return (
    <MtlsFields
      values={values}
      onChange={(part) => setValues((now) => ({ ...now, ...part }))}
      errorOf={() => null}
    />
  );
}

const bundles = (...names: string[]) => ({
  "GET /api/cert_bundles": {
    json: {
      data: names.map((name, at) => ({ id: at + 1, name, state: at === 1 ? "expired" : "valid" })),
      count: names.length,
      page: 1,
      per_page: 100,
    },
  },
});

describe("mutual TLS in terms", () => {
  it("asks nothing until it is switched on, then tells of a wrong rule while it is typed", async () => {
    const log = fakeApi(bundles("Northwind", "Old"));
    let values = emptyMtls();
    const { user } = await renderPage(
      <Form
        onValues={(now) => {
          values = now;
        }}
      />,
    );
    expect(log).toEqual([]);
    await user.click(await screen.findByRole("switch", { name: /^Mutual TLS/ }));
    await user.click(screen.getByRole("combobox", { name: "Certificate bundles" }));
    await screen.findByRole("option", { name: "Old (expired)" });
    await user.click(screen.getByRole("option", { name: "Northwind" }));
    const rule = screen.getByRole("textbox", { name: "Rule on the certificate" });
    await user.type(rule, "cn=shop");
    expect(screen.getByText(/^Character 1: Unknown field/)).toBeTruthy();
    await user.clear(rule);
    await user.type(rule, "CN=shop");
    await waitFor(() => expect(screen.queryByText(/^Character/)).toBeNull());
    expect(mtlsFields(values)).toEqual({
      mtls_enabled: true,
      cert_bundle_ids: [1],
      validation_formula: "CN=shop",
    });
  });

  it("leads to the certificates when there is none", async () => {
    fakeApi(bundles());
    const { user } = await renderPage(<Form onValues={() => {}} />);
    await user.click(await screen.findByRole("switch", { name: /^Mutual TLS/ }));
    await screen.findByText("There is no certificate bundle yet");
  });

  it("needs a bundle, and keeps bundles and rule while it is off", () => {
    const on = { asksForCertificate: true, bundleIds: [], rule: "CN" };
    expect(Object.keys(checkMtls(on))).toEqual(["bundleIds", "rule"]);
    const off = { asksForCertificate: false, bundleIds: ["3"], rule: "CN=a" };
    expect(checkMtls({ ...off, rule: "CN" })).toEqual({});
    expect(mtlsFields(off)).toEqual({
      mtls_enabled: false,
      cert_bundle_ids: [3],
      validation_formula: "CN=a",
    });
    expect(mtlsFields({ ...off, rule: "CN" }).validation_formula).toBeNull();
  });

  it("is told in words on cards", () => {
    const terms = { mtls_enabled: true, cert_bundle_ids: [1, 2], validation_formula: "CN=a" };
    expect(mtlsInWords(terms as never)).toBe("of 2 certificate bundles, with CN=a");
    expect(mtlsInWords({ ...terms, mtls_enabled: false } as never)).toBeNull();
  });
});
