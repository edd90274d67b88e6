/** An OpenAPI document on its way to the server: what was chosen, and how it is written. */
import { asApiError } from "../../api/errors";
import type { DocumentInput } from "../../api/types";

/** Largest document the server takes. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

export interface OpenApiDocument {
  /** The file's name; null: it was pasted. */
  fileName: string | null;
  text: string;
}

/** JSON begins with a brace; everything else is read as YAML. */
export function formatOf(text: string): "json" | "yaml" {
  return text
    .replace(/^\uFEFF/, "")
    .trimStart()
    .startsWith("{")
    ? "json"
    : "yaml";
}

/** As the API takes it; `only`: the chosen operations. */
export function documentInput({ text }: OpenApiDocument, only?: readonly string[]): DocumentInput {
  const plain = text.replace(/^\uFEFF/, "");
  const chosen = only && { only: [...only] };
  return { content: plain, format: formatOf(plain), ...chosen };
}

/** What the server says is wrong with the document; null where the fault lies elsewhere. */
export function documentProblem(error: unknown): string | null {
  const { fields } = asApiError(error);
  const problems = Object.entries(fields)
    .filter(([field]) => field.startsWith("openapi_spec"))
    .flatMap(([, found]) => found);
  return problems.length > 0 ? `The document ${problems.join("; ")}` : null;
}
