/** Settings > Sign-in: members by OpenID Connect. */
import { useQuery } from "@tanstack/react-query";
import { useMay } from "../../../api/me";
import { ErrorAlert } from "../../../ui/error-alert";
import { LoadingCards } from "../../../ui/loading";
import { SettingsPart } from "../settings-part";
import { OidcForm } from "./oidc-form";
import { oidcQuery } from "./queries";

export function SignInSettingsPage() {
  const may = useMay("owner");
  const oidc = useQuery({ ...oidcQuery, enabled: may });
  return (
    <SettingsPart
      title="Sign-in"
      needs="owner"
      lead="Besides e-mail and password, members can sign in with the provider of your organization."
    >
      {oidc.isPending && <LoadingCards rows={1} />}
      {oidc.error && (
        <ErrorAlert
          title="The sign-in could not be loaded"
          error={oidc.error}
          onRetry={() => oidc.refetch()}
        />
      )}
      {oidc.isSuccess && <OidcForm stored={oidc.data} />}
    </SettingsPart>
  );
}
