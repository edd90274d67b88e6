/** State of one profile form: values, problems of the form and of the server. */
import { useForm } from "@mantine/form";
import { useRef } from "react";
import { formProblems } from "../../../api/errors";
import { checkProfile, PROFILE_PLACES, type ProfileValues } from "./profile-values";

type IpField = "ipAllowList" | "ipDenyList";

export function useProfileForm(initialValues: ProfileValues) {
  const pending = useRef<Record<IpField, string | null>>({ ipAllowList: null, ipDenyList: null });
  const form = useForm<ProfileValues>({
    initialValues,
    validate: (values) => {
      const errors = checkProfile(values);
      for (const field of ["ipAllowList", "ipDenyList"] as const) {
        if (pending.current[field]) errors[field] = pending.current[field];
      }
      return errors;
    },
  });

  const notePending = (field: IpField, problem: string | null) => {
    pending.current[field] = problem;
    form.clearFieldError(field);
  };

  /** Puts the server's problems at their fields; answers the rest. */
  const showProblems = (error: unknown, prefix?: string): string | null => {
    const { fields, general } = formProblems(error, PROFILE_PLACES, prefix);
    form.setErrors(fields);
    return general;
  };

  return { form, notePending, showProblems };
}
