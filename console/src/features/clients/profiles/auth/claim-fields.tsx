/** What a token must say besides being signed: folded, since the defaults fit most. */
import { MultiSelect, NumberInput, TagsInput, TextInput } from "@mantine/core";
import { Fold } from "../../../../ui/fold";
import { plural } from "../../../../ui/format";
import { type AuthValues, algorithmsFor, MAX_LEEWAY_SECONDS } from "./auth-values";

interface ClaimFieldsProps {
  values: AuthValues;
  onChange: (part: Partial<AuthValues>) => void;
  errorOf: (field: keyof AuthValues) => string | null;
}

const FOLDED = [
  "profileClaim",
  "requiredClaims",
  "allowedIssuers",
  "allowedAudiences",
  "algorithms",
  "leewaySeconds",
] as const;

function summaryOf(values: AuthValues): string {
  const lists = [
    values.profileClaim && `profile named by ${values.profileClaim}`,
    values.requiredClaims.length > 0 && plural(values.requiredClaims.length, "required claim"),
    values.allowedIssuers.length > 0 && plural(values.allowedIssuers.length, "issuer"),
    values.allowedAudiences.length > 0 && plural(values.allowedAudiences.length, "audience"),
    values.algorithms.length > 0 && values.algorithms.join(", "),
  ].filter(Boolean);
  return lists.length === 0
    ? "Any issuer and audience, every algorithm of the key"
    : lists.join("; ");
}

export function ClaimFields({ values, onChange, errorOf }: ClaimFieldsProps) {
  const allowed = algorithmsFor(values);
  return (
    <Fold
      label="Claims and algorithms"
      summary={summaryOf(values)}
      isForcedOpen={FOLDED.some((field) => errorOf(field) !== null)}
    >
      <TextInput
        label="Claim that names the profile"
        description="Looked at first for the allowed issuers; else sub names it"
        placeholder="sub"
        autoComplete="off"
        value={values.profileClaim}
        onChange={(event) => onChange({ profileClaim: event.currentTarget.value })}
        error={errorOf("profileClaim")}
      />
      <TagsInput
        label="Allowed issuers"
        description="When set, iss must be one of these. Enter adds one"
        value={values.allowedIssuers}
        onChange={(allowedIssuers) => onChange({ allowedIssuers })}
        error={errorOf("allowedIssuers")}
      />
      <TagsInput
        label="Allowed audiences"
        description="When set, aud must name one of these"
        value={values.allowedAudiences}
        onChange={(allowedAudiences) => onChange({ allowedAudiences })}
        error={errorOf("allowedAudiences")}
      />
      <TagsInput
        label="Required claims"
        description="Claims that must be there, whatever they say"
        value={values.requiredClaims}
        onChange={(requiredClaims) => onChange({ requiredClaims })}
        error={errorOf("requiredClaims")}
      />
      <MultiSelect
        label="Algorithms"
        description="None chosen: all that the key's type permits"
        data={[...allowed]}
        value={values.algorithms.filter((name) => allowed.includes(name))}
        onChange={(algorithms) => onChange({ algorithms })}
        error={errorOf("algorithms")}
      />
      <NumberInput
        label="Clock leeway in seconds"
        description={`How far clocks may differ: 0 to ${MAX_LEEWAY_SECONDS}`}
        min={0}
        max={MAX_LEEWAY_SECONDS}
        clampBehavior="none"
        allowDecimal={false}
        maw={240}
        value={values.leewaySeconds}
        onChange={(leewaySeconds) => onChange({ leewaySeconds })}
        error={errorOf("leewaySeconds")}
      />
    </Fold>
  );
}
