/** Server state lives here and nowhere else; it is kept in memory only. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./errors";
import { sessionState } from "./session-state";

declare module "@tanstack/react-query" {
  interface Register {
    /** `askedSignedOut`: a 401 is an answer here, not the end of a session. */
    queryMeta: { askedSignedOut?: boolean };
    mutationMeta: { askedSignedOut?: boolean };
  }
}

function noteSignedOut(error: unknown, meta: { askedSignedOut?: boolean } | undefined): void {
  if (error instanceof ApiError && error.status === 401 && !meta?.askedSignedOut)
    sessionState.end();
}

/** Only a missing answer is worth another try; a refusal stays a refusal. */
function shouldRetry(failures: number, error: unknown): boolean {
  const status = error instanceof ApiError ? error.status : 0;
  return failures < 2 && (status === 0 || status >= 500);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => noteSignedOut(error, query.meta),
    }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) =>
        noteSignedOut(error, mutation.options.meta),
    }),
    defaultOptions: {
      queries: { staleTime: 5_000, retry: shouldRetry, retryDelay: 400 },
      // No answer of a change outlives the screen that asked for it: it may hold a credential.
      mutations: { gcTime: 0 },
    },
  });
}
