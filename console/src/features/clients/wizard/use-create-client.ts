/** "Create client": client and profile in one call, then the logo, whose failure loses nothing. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { problemAt } from "../../../api/errors";
import type { NewClient } from "../../../api/types";
import { createClient, putLogo } from "../changes";
import type { DetailsValues } from "../details-fields";
import { type Issued, issuedOf } from "../profiles/issued";
import { newProfileOf, type ProfileValues } from "../profiles/profile-values";
import type { Made } from "./done-step";

interface Wanted {
  details: DetailsValues;
  /** Null: no profile yet. */
  profile: ProfileValues | null;
}

interface Outcome {
  made: Made;
  issued: Issued | null;
}

function bodyOf({ details, profile }: Wanted): NewClient {
  const description = details.description.trim();
  return {
    name: details.name.trim(),
    ...(description && { description }),
    ...(profile && { api_keys: [newProfileOf(profile)] }),
  };
}

async function create(wanted: Wanted): Promise<Outcome> {
  const client = await createClient(bodyOf(wanted));
  const { logo } = wanted.details;
  let logoProblem: string | null = null;
  if (logo) {
    await putLogo(client.id, logo).catch((error: unknown) => {
      logoProblem = problemAt("logo", error);
    });
  }
  const key = client.api_keys?.[0];
  const issued = key ? issuedOf(key) : null;
  return {
    made: {
      clientId: client.id,
      clientName: client.name,
      profile:
        key && issued
          ? {
              id: key.id,
              name: key.name,
              method: issued.method,
              collectionIds: issued.collectionIds,
              asksForCertificate: key.mtls_enabled ?? false,
            }
          : null,
      logoProblem,
    },
    issued,
  };
}

interface Handlers {
  onSuccess: (outcome: Outcome) => void;
  onError: (error: unknown) => void;
}

export function useCreateClient({ onSuccess, onError }: Handlers) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: create,
    onSuccess: (outcome) => {
      onSuccess(outcome);
      void queryClient.invalidateQueries({ queryKey: ["clients"] });
    },
    onError,
  });
}
