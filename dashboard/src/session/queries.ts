import type { Input } from "@pulse/schema/endpoint";
import { closeSession, me, openSession } from "@pulse/schema/wire/auth";
import { version } from "@pulse/schema/wire/operations";
import { signInMethods } from "@pulse/schema/wire/sign-in";
import { queryOptions } from "@tanstack/solid-query";
import { forgetChoices } from "../palette/recent.ts";
import { stored as storedEdits } from "../workflows/edits-store.ts";
import { dropCallKey } from "./call-key.ts";
import { api } from "./client.ts";
import { isSignedOut, queryClient } from "./query-client.ts";

/** Who is signed in; null: nobody. */
export const meQuery = () =>
  queryOptions({
    queryKey: ["me"],
    queryFn: async ({ signal }) => {
      try {
        return await api.call(me, { signal });
      } catch (error) {
        if (isSignedOut(error)) return null;
        throw error;
      }
    },
    staleTime: 60_000,
    refetchOnWindowFocus: true,
  });

/** The versions of the gateway and its protocol. */
export const versionQuery = () =>
  queryOptions({
    queryKey: ["version"],
    queryFn: ({ signal }) => api.call(version, { signal }),
    staleTime: 60_000,
  });

/** The ways to sign in here. */
export const signInQuery = () =>
  queryOptions({
    queryKey: ["sign-in"],
    queryFn: ({ signal }) => api.call(signInMethods, { signal }),
    staleTime: 60_000,
  });

/** Opens a session as a person or with an API key; throws the problem when that is not good. Nothing of it is kept. */
export async function signIn(body: Input<(typeof openSession)["body"]>): Promise<void> {
  await api.call(openSession, { body, signal: AbortSignal.timeout(30_000) });
  await queryClient.invalidateQueries();
}

/** Ends the session, and forgets everything that was read in it. */
export async function signOut(): Promise<void> {
  await dropCallKey();
  await api.call(closeSession, { signal: AbortSignal.timeout(30_000) });
  queryClient.clear();
  forgetChoices();
  // What was typed and not saved is nobody else's to read.
  localStorage.removeItem(storedEdits);
  location.assign("/");
}
