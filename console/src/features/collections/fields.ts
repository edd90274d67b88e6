/** How parts of a collection's form get their values, and tell of changes. */
import type { UseFormReturnType } from "@mantine/form";

export interface FieldsProps<Values> {
  values: Values;
  /** Problems by field. */
  errors: Partial<Record<keyof Values, string>>;
  onChange: (part: Partial<Values>) => void;
}

/** Connects parts of a form to it; what is changed has no problem any more. */
export function fieldsOf<Values extends object>(
  form: UseFormReturnType<Values>,
): FieldsProps<Values> {
  const errors: Partial<Record<keyof Values, string>> = {};
  for (const [field, problem] of Object.entries(form.errors)) {
    if (typeof problem === "string") errors[field as keyof Values] = problem;
  }
  return {
    values: form.values,
    errors,
    onChange: (part) => {
      form.setValues(part);
      for (const field of Object.keys(part)) form.clearFieldError(field);
    },
  };
}
