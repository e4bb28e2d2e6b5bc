import {
  changePassword,
  confirmSecondFactor,
  endOtherSessions,
  endSession,
  listSessions,
  offerSecondFactor,
  removeSecondFactor,
} from "@pulse/schema/wire/people";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { queryClient } from "../session/query-client.ts";

const within = () => AbortSignal.timeout(30_000);
const meAgain = () => queryClient.invalidateQueries({ queryKey: ["me"] });
const sessionsAgain = () => queryClient.invalidateQueries({ queryKey: ["sessions"] });

/** The browsers that are signed in as whoever asks. */
export const sessionsQuery = () =>
  queryOptions({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => api.call(listSessions, { signal }),
  });

/** Changes one's own password; one's other sessions end. */
export async function setPassword(current: string, password: string): Promise<void> {
  await api.call(changePassword, { body: { current, password }, signal: within() });
  await sessionsAgain();
}

/** Begins a second factor: what an app for codes is given. */
export function beginFactor(password: string): Promise<{ secret: string; uri: string }> {
  return api.call(offerSecondFactor, { body: { password }, signal: within() });
}

/** Turns the second factor on; returns the recovery codes. */
export async function confirmFactor(code: string): Promise<string[]> {
  const { recoveryCodes } = await api.call(confirmSecondFactor, { body: { code }, signal: within() });
  await meAgain();
  return recoveryCodes;
}

/** Removes one's own second factor. */
export async function removeFactor(password: string, code: string): Promise<void> {
  await api.call(removeSecondFactor, { body: { password, code }, signal: within() });
  await meAgain();
}

/** Signs a browser out. */
export async function endOne(id: string): Promise<void> {
  await api.call(endSession, { params: { id }, signal: within() });
  await sessionsAgain();
}

/** Signs every other browser out; returns how many there were. */
export async function endOthers(): Promise<number> {
  const { ended } = await api.call(endOtherSessions, { signal: within() });
  await sessionsAgain();
  return ended;
}
