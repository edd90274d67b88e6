/** Sorts what the server said about "Create client" into the wizard's two forms. */
import { ApiError, asApiError, type FormProblems, formProblems } from "../../../api/errors";
import { DETAILS_PLACES } from "../details-fields";
import { PROFILE_PLACES } from "../profiles/profile-values";

const OF_PROFILE = /^api_keys[[.]/;

type Places<Map> = Map[keyof Map] & string;

interface WizardProblems {
  details: FormProblems<Places<typeof DETAILS_PLACES>>["fields"];
  profile: FormProblems<Places<typeof PROFILE_PLACES>>["fields"];
  general: string | null;
}

export function wizardProblems(error: unknown): WizardProblems {
  const { status, message, fields } = asApiError(error);
  const entries = Object.entries(fields);
  if (entries.length === 0) return { details: {}, profile: {}, general: message };
  const part = (isProfile: boolean) => {
    const own = entries.filter(([field]) => OF_PROFILE.test(field) === isProfile);
    return own.length > 0 ? new ApiError(status, message, Object.fromEntries(own)) : null;
  };
  const detailsError = part(false);
  const profileError = part(true);
  const details = detailsError && formProblems(detailsError, DETAILS_PLACES);
  const profile = profileError && formProblems(profileError, PROFILE_PLACES, "api_keys");
  const general = [details?.general, profile?.general].filter(Boolean).join(". ");
  return {
    details: details?.fields ?? {},
    profile: profile?.fields ?? {},
    general: general === "" ? null : general,
  };
}
