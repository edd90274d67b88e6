import { describe, expect, it } from "vitest";
import { documentInput, formatOf } from "./openapi-document";

describe("an OpenAPI document", () => {
  it("is JSON where it begins with a brace, else YAML", () => {
    expect(formatOf(' \n{"openapi": "3.1.0"}')).toBe("json");
    expect(formatOf("\uFEFF{}")).toBe("json");
    expect(formatOf("openapi: 3.1.0")).toBe("yaml");
    expect(formatOf("# {a comment}\nopenapi: 3.1.0")).toBe("yaml");
  });

  it("goes to the server without a byte order mark", () => {
    const document = { fileName: "a.json", text: "\uFEFF{}" };
    expect(documentInput(document)).toEqual({ content: "{}", format: "json" });
    expect(documentInput(document, ["GET /a"])).toEqual({
      content: "{}",
      format: "json",
      only: ["GET /a"],
    });
  });
});
