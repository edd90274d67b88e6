/** "Sign in with ...": a plain link that leads to the provider and back. */
import { Button, Divider } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { setupStateQuery } from "./queries";

export function OidcLink() {
  const state = useQuery(setupStateQuery);
  const provider = state.data?.oidc;
  if (!provider) return null;
  return (
    <>
      <Divider label="or" my="md" />
      <Button component="a" href="/api/sessions/oidc" variant="default" fullWidth>
        Sign in with {provider.name}
      </Button>
    </>
  );
}
