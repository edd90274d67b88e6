/** A token or identifier from elsewhere, instead of a generated one. */
import { PasswordInput, Text, TextInput } from "@mantine/core";
import { Fold } from "../../../ui/fold";
import type { Method } from "./auth/auth-values";

interface BringFieldsProps {
  /** The method in force for the profile being edited. */
  method: Method;
  /** The profile is there already: what is brought takes the place of what it has. */
  isChange: boolean;
  authToken: string;
  apiKey: string;
  onChange: (part: { authToken?: string; apiKey?: string }) => void;
  errors: { authToken: string | null; apiKey: string | null };
}

export function BringFields(props: BringFieldsProps) {
  const { method, isChange, authToken, apiKey, onChange, errors } = props;
  const hasSecret = method === "token" || method === "oauth2";
  const hasIdentifier = method !== "token";
  const kind = method === "oauth2" ? "client id" : "key id";
  return (
    <Fold
      label="Bring your own"
      summary={isChange ? "The present credential stays" : "A credential is generated"}
      isForcedOpen={errors.authToken !== null || errors.apiKey !== null}
    >
      {isChange && (
        <Text size="sm">
          What you bring replaces the present one, which ends at once: programs that still use it
          are refused with 401.
        </Text>
      )}
      {hasIdentifier && (
        <TextInput
          label={`Chosen ${kind}`}
          description="1 to 255 visible characters; empty: generated"
          autoComplete="off"
          spellCheck={false}
          maxLength={255}
          value={apiKey}
          onChange={(event) => onChange({ apiKey: event.currentTarget.value })}
          error={errors.apiKey}
        />
      )}
      {hasSecret && (
        <PasswordInput
          label={method === "token" ? "Token from elsewhere" : "Client secret from elsewhere"}
          description="32 to 256 visible characters that nobody can guess; empty: generated"
          autoComplete="new-password"
          spellCheck={false}
          maxLength={256}
          value={authToken}
          onChange={(event) => onChange({ authToken: event.currentTarget.value })}
          error={errors.authToken}
        />
      )}
    </Fold>
  );
}
