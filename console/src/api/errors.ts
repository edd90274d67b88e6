/** What the management API says when it refuses, and how a form shows it: at the field, in the server's words. */

/** A refusal or failure of one management call. */
export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    message: string,
    /** Problems by field, in the server's words. */
    readonly fields: Readonly<Record<string, readonly string[]>> = {},
    readonly requestId: string | null = null,
    /** What kind of problem, as in "urn:portcullis:problem:code_needed". */
    readonly type: string | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readFields(value: unknown): Record<string, string[]> {
  if (!isRecord(value)) return {};
  const fields: Record<string, string[]> = {};
  for (const [field, problems] of Object.entries(value)) {
    const list = Array.isArray(problems) ? problems : [problems];
    fields[field] = list.filter((problem): problem is string => typeof problem === "string");
  }
  return fields;
}

function fallback(status: number): string {
  if (status === 0) return "The management API cannot be reached. Is Portcullis running?";
  return `The management API answered with status ${status}.`;
}

/** Makes an error of a problem answer, whatever its body turns out to be. */
export function toApiError(status: number, body: unknown): ApiError {
  if (!isRecord(body)) return new ApiError(status, fallback(status));
  const text = [body.message, body.detail, body.title].find(
    (part): part is string => typeof part === "string" && part !== "",
  );
  const requestId = typeof body.request_id === "string" ? body.request_id : null;
  const type = typeof body.type === "string" ? body.type : null;
  return new ApiError(status, text ?? fallback(status), readFields(body.errors), requestId, type);
}

/** Any thrown thing as an ApiError. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, error instanceof Error ? error.message : String(error));
}

/** What the server says about one field, else its whole message. */
export function problemAt(field: string, error: unknown): string {
  const { fields, message } = asApiError(error);
  return fields[field]?.join("; ") ?? message;
}

/** Problems sorted out for a form: those with a place in it, and the rest for its alert. */
export interface FormProblems<Field extends string> {
  fields: Partial<Record<Field, string>>;
  general: string | null;
}

/** `ip_allow_list[1]` and `ip_allow_list.1` belong to the input of `ip_allow_list`. */
function baseOf(field: string): string {
  return field.replace(/[[.].*$/, "");
}

/**
 * Sorts an error's problems into a form. `places` maps the API's field to the form's; a `prefix` such as
 * `api_keys` also matches `api_keys[0].name`.
 */
export function formProblems<Field extends string>(
  error: unknown,
  places: Readonly<Record<string, Field>>,
  prefix?: string,
): FormProblems<Field> {
  const apiError = asApiError(error);
  const fields: Partial<Record<Field, string>> = {};
  const homeless: string[] = [];
  for (const [name, problems] of Object.entries(apiError.fields)) {
    const inner = prefix ? name.replace(new RegExp(`^${prefix}[[.]?\\d+\\]?\\.`), "") : name;
    const isHere = prefix ? inner !== name : true;
    const place = isHere ? places[baseOf(inner)] : undefined;
    if (place === undefined) homeless.push(`${name}: ${problems.join("; ")}`);
    else fields[place] = [fields[place], ...problems].filter(Boolean).join("; ");
  }
  const hasFields = Object.keys(fields).length > 0;
  const general = homeless.length > 0 ? homeless.join(". ") : hasFields ? null : apiError.message;
  return { fields, general };
}
