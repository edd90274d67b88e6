import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Asked, fakeApi } from "../../../test/fake-api";
import { renderPage } from "../../../test/render";
import { FIRST_PAGE } from "../../../ui/list-search";
import { CertificatesPage } from "./certificates-page";

const certificate = {
  subject: "O=Northwind, CN=Client CA",
  issuer: "O=Northwind, CN=Client CA",
  serial: "1f",
  fingerprint: "5e".repeat(32),
  valid_from: "2026-01-01T00:00:00.000Z",
  expires_at: "2030-01-01T00:00:00.000Z",
  state: "valid",
};

const bundle = {
  id: 2,
  name: "Northwind",
  subjects: [certificate.subject],
  certificates: [certificate],
  expires_at: certificate.expires_at,
  state: "valid",
  profiles_count: 1,
  clients_count: 1,
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
};

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

const listOf = (...data: unknown[]) => ({
  "GET /api/cert_bundles": { json: { data, count: data.length, page: 1, per_page: 25 } },
});

const changesOf = (log: Asked[]) =>
  log
    .filter(({ method, path }) => method !== "GET" && !path.endsWith("/preview"))
    .map(({ method, path, body }) => ({ method, path, body }));

const page = <CertificatesPage search={FIRST_PAGE} onSearch={() => {}} />;

describe("certificates", () => {
  it("say what to do first, show what a paste would trust, and save it", async () => {
    const log = fakeApi({
      ...listOf(),
      "POST /api/cert_bundles/preview": ({ body }) =>
        JSON.stringify(body).includes("PRIVATE")
          ? {
              status: 400,
              json: { message: "x", errors: { pem: ["line 1: this is a private key"] } },
            }
          : { json: { data: { ...bundle } } },
      "POST /api/cert_bundles": { json: { data: bundle } },
    });
    const { user } = await renderPage(page);
    await screen.findByText("No certificate bundle yet");
    await user.click(screen.getByRole("button", { name: "Add certificate bundle" }));
    const dialog = await screen.findByRole("dialog", { name: "Add certificate bundle" });
    await user.click(within(dialog).getByRole("button", { name: "Add bundle" }));
    expect(within(dialog).getByText("Give the bundle a name")).toBeTruthy();
    expect(changesOf(log)).toEqual([]);

    await user.type(within(dialog).getByRole("textbox", { name: "Name" }), " Northwind ");
    const text = within(dialog).getByRole("textbox", { name: "Certificates" });
    fireEvent.change(text, { target: { value: "-----BEGIN PRIVATE KEY-----" } });
    await within(dialog).findByText("line 1: this is a private key");
    fireEvent.change(text, { target: { value: PEM } });
    const preview = await within(dialog).findByText("What would be trusted: 1 certificate");
    expect(preview.parentElement?.textContent).toContain("O=Northwind, CN=Client CA");
    await user.click(within(dialog).getByRole("button", { name: "Add bundle" }));
    await waitFor(() =>
      expect(changesOf(log)).toEqual([
        { method: "POST", path: "/api/cert_bundles", body: { name: "Northwind", pem: PEM } },
      ]),
    );
  });

  it("take dropped files one after another", async () => {
    fakeApi({ ...listOf(), "POST /api/cert_bundles/preview": { json: { data: bundle } } });
    const { user } = await renderPage(page);
    await screen.findByText("No certificate bundle yet");
    await user.click(screen.getByRole("button", { name: "Add certificate bundle" }));
    const dialog = await screen.findByRole("dialog", { name: "Add certificate bundle" });
    const files = ["one", "two"].map((text) => new File([`${text}\n`], `${text}.pem`));
    fireEvent.drop(within(dialog).getByTestId("pem-drop-zone"), { dataTransfer: { files } });
    const text = within(dialog).getByRole("textbox", { name: "Certificates" });
    await waitFor(() => expect(text).toHaveProperty("value", "one\ntwo"));
    const large = new File(["x".repeat(1024 * 1024 + 1)], "large.pem");
    fireEvent.drop(within(dialog).getByTestId("pem-drop-zone"), {
      dataTransfer: { files: [large] },
    });
    await within(dialog).findByText("Together these files are over 1 MiB");
  });

  it("rename without touching the certificates, and tell what replacing does", async () => {
    const log = fakeApi({
      ...listOf(bundle),
      "PUT /api/cert_bundles/2": {
        status: 409,
        json: { message: "x", errors: { name: ["taken"] } },
      },
    });
    const { user } = await renderPage(page);
    await screen.findAllByText("Valid until 1 Jan 2030");
    await user.click(screen.getByRole("button", { name: "Edit Northwind" }));
    const dialog = await screen.findByRole("dialog", { name: "Edit Northwind" });
    expect(within(dialog).getByText("Trusted now: 1 certificate")).toBeTruthy();
    await user.type(within(dialog).getByRole("textbox", { name: "Name" }), " 2");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    await within(dialog).findByText("taken");
    expect(changesOf(log)[0]?.body).toEqual({ name: "Northwind 2" });
    await user.click(within(dialog).getByRole("button", { name: "Replace the certificates" }));
    expect(within(dialog).getByText("In force at once")).toBeTruthy();
  });

  it("say who uses a bundle that cannot be deleted", async () => {
    fakeApi({
      ...listOf(bundle),
      "DELETE /api/cert_bundles/2": {
        status: 409,
        json: { message: "Still in use", errors: { in_use_by: ["Acme", "Acme / Shop"] } },
      },
    });
    const { user } = await renderPage(page);
    await user.click(await screen.findByRole("button", { name: "Delete Northwind" }));
    const dialog = await screen.findByRole("dialog", { name: "Delete the certificate bundle" });
    expect(dialog.textContent).toContain("1 profile and the default terms of 1 client");
    await user.click(within(dialog).getByRole("button", { name: "Delete bundle" }));
    await within(dialog).findByText("Still used by Acme, Acme / Shop.");
  });
});
