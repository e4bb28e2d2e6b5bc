import { ProblemError } from "@pulse/schema/problem";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/solid-query";
import { noteAnswer, noteUnreachable } from "./reach.ts";

const endsSession = new Set(["unauthenticated", "invalid_credential", "expired_credential"]);
const retriesMost = 2;
/** A browser breaks off what is under way when its network changes, which is over in a moment. */
const [unreachedRetriesMost, unreachedRetryMs] = [1, 300];

/** Whether an error is the gateway's word that nobody is signed in (any longer). */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ProblemError && endsSession.has(error.code);
}

/** Whether an error means that no answer came at all. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ProblemError && error.extras.members?.unreachable === true;
}

/** What an error says about the session and the gateway is shown; for calls that go through no query and no mutation. */
export function noteError(error: unknown): void {
  if (isUnreachable(error)) noteUnreachable();
  // Asked again, `me` says the same and the page shows the way in.
  else if (isSignedOut(error)) void queryClient.resetQueries({ queryKey: ["me"] });
}

/** The cache of everything the gateway said. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (query.queryKey[0] !== "me") noteError(error);
      else if (isUnreachable(error)) noteUnreachable();
    },
    onSuccess: noteAnswer,
  }),
  mutationCache: new MutationCache({ onError: noteError, onSuccess: noteAnswer }),
  defaultOptions: {
    queries: {
      staleTime: 1000,
      // What the gateway refused it refuses again; only silence and its own failures are worth another try.
      retry: (count, error) => {
        if (isUnreachable(error)) return count < unreachedRetriesMost;
        return count < retriesMost && error instanceof ProblemError && error.status >= 500;
      },
      retryDelay: (count, error) => (isUnreachable(error) ? unreachedRetryMs : 1000 * 2 ** count),
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
