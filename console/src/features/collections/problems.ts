/** Problems of nested fields, sorted out for a form: `upstream.auth.value` is looked up as a whole, then `upstream.auth`. */
import { asApiError, type FormProblems } from "../../api/errors";

/** `upstream.urls[1]` as `upstream.urls`. */
function withoutPlaces(field: string): string {
  return field.replace(/\[\d+\]/g, "");
}

function placeOf<Field extends string>(
  field: string,
  places: Readonly<Record<string, Field>>,
): Field | undefined {
  const parts = withoutPlaces(field).split(".");
  for (let length = parts.length; length > 0; length -= 1) {
    const place = places[parts.slice(0, length).join(".")];
    if (place !== undefined) return place;
  }
  return undefined;
}

/** "Number 2: ..." where the problem is with one of several. */
function words(field: string, problems: readonly string[]): string {
  const at = /\[(\d+)\]$/.exec(field)?.[1];
  return `${at === undefined ? "" : `Number ${Number(at) + 1}: `}${problems.join("; ")}`;
}

export function nestedProblems<Field extends string>(
  error: unknown,
  places: Readonly<Record<string, Field>>,
): FormProblems<Field> {
  const apiError = asApiError(error);
  const fields: Partial<Record<Field, string>> = {};
  const homeless: string[] = [];
  for (const [name, problems] of Object.entries(apiError.fields)) {
    const place = placeOf(name, places);
    if (place === undefined) homeless.push(`${name}: ${problems.join("; ")}`);
    else fields[place] = [fields[place], words(name, problems)].filter(Boolean).join("; ");
  }
  const hasFields = Object.keys(fields).length > 0;
  const general = homeless.length > 0 ? homeless.join(". ") : hasFields ? null : apiError.message;
  return { fields, general };
}
