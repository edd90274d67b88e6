/** A new credential and how it is used: a token, a client id with its secret, or a key id. */
import { Code, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { CodeLine } from "../../../ui/code-line";
import { CopiedValue, Credential } from "../../../ui/credential";
import { baseUrlOf } from "../base-url";
import { collectionsQuery } from "../queries";
import type { Issued } from "./issued";

/** The line that exchanges client id and secret for an access token. */
function tokenRequestLine(gateway: string, id: string, secret: string): string {
  return `curl -s -u '${id}:${secret}' -d grant_type=client_credentials '${gateway}/oauth2/token'`;
}

/** Where the gateway is, and the URL of a collection that the profile may call. */
function useAddresses(issued: Issued): { gateway: string; example: string } {
  const collections = useQuery(collectionsQuery);
  const granted = collections.data?.find(({ id }) => issued.collectionIds.includes(id));
  const base = baseUrlOf(collections.data ?? []);
  const gateway = base === null ? "$GATEWAY" : new URL(base).origin;
  return { gateway, example: `${granted?.url ?? gateway}/...` };
}

function ClientSecret({ issued }: { issued: Issued }) {
  const { gateway, example } = useAddresses(issued);
  const id = issued.identifier;
  return (
    <Stack gap="sm">
      <Text size="sm" fw={500}>
        Client id
      </Text>
      <CopiedValue value={id} testId="client-id" copyName="Copy Client id" />
      <Text size="sm" fw={500}>
        Client secret
      </Text>
      <Credential value={issued.credential} />
      <CodeLine
        label="1. Get an access token"
        code={tokenRequestLine(gateway, id, issued.credential)}
      />
      <CodeLine
        label="2. Call with it"
        code={`curl -i -H "Authorization: Bearer $ACCESS_TOKEN" '${example}'`}
      />
    </Stack>
  );
}

function KeyId({ issued }: { issued: Issued }) {
  const { example } = useAddresses(issued);
  return (
    <Stack gap="sm">
      <CopiedValue value={issued.credential} testId="credential-value" />
      <Text size="sm">
        Each token must carry it in the claim <Code>{issued.claim}</Code>. It is no secret and stays
        visible on the profile; the signature is the proof.
      </Text>
      <CodeLine label="Call" code={`curl -i -H "Authorization: Bearer $JWT" '${example}'`} />
    </Stack>
  );
}

export function IssuedCredential({ issued }: { issued: Issued }) {
  switch (issued.method) {
    case "oauth2":
      return <ClientSecret issued={issued} />;
    case "jwt":
    case "oidc":
      return <KeyId issued={issued} />;
    default:
      return (
        <Stack gap="sm">
          <Credential value={issued.credential} />
          <Text size="sm" c="dimmed">
            The gateway takes it in the header <Code>api-token</Code>.
          </Text>
        </Stack>
      );
  }
}
