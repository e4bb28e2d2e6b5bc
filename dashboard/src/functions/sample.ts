import { readProblem } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import { starters } from "@pulse/schema/starter";
import { deployVersion, getFunction, getVersion } from "@pulse/schema/wire/functions";
import type { Language } from "@pulse/schema/wire/manifest";
import { queryOptions } from "@tanstack/solid-query";
import { callKey } from "../session/call-key.ts";
import { api } from "../session/client.ts";

const lookMs = 1000;

/** The names of the samples, as `pulse start` has them. */
export const sampleNames: Readonly<Record<Language, string>> = {
  typescript: "hello",
  python: "hello-python",
};

/** The number of the sample's version: of what stands already, else of what is deployed now. Throws what the deploy is refused with. */
export async function deploySample(runtime: Language, signal: AbortSignal): Promise<number> {
  const name = sampleNames[runtime];
  const params = { name };
  const known = await api.call(getFunction, { params, signal }).catch((error: unknown) => {
    if (error instanceof ProblemError && error.code === "not_found") return null;
    throw error;
  });
  const standing = known?.aliases.live ?? known?.latest ?? 0;
  if (standing > 0) {
    const version = await api.call(getVersion, { params: { name, version: String(standing) }, signal });
    if (version.status !== "failed") return standing;
  }
  const { file, text } = starters[runtime];
  const body = { runtime, files: { [file]: text }, message: "sample" };
  return (await api.call(deployVersion, { params, body, signal })).version;
}

/** The sample's version, looked at until it is built. */
export const sampleVersionQuery = (name: string, version: number) =>
  queryOptions({
    queryKey: ["functions", "version", name, version],
    queryFn: ({ signal }) => api.call(getVersion, { params: { name, version: String(version) }, signal }),
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.status === "building" ? lookMs : false,
  });

/** Calls the sample; returns the id of the execution as soon as that is on disk, whether a runner is there or not. */
export async function callSample(runtime: Language, signal: AbortSignal): Promise<string> {
  const response = await fetch(`/f/${sampleNames[runtime]}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await callKey(signal)}`,
      "content-type": "application/json",
      prefer: "respond-async",
    },
    body: starters[runtime].input,
    signal,
  });
  const id = response.headers.get("pulse-execution-id");
  if (!response.ok || id === null) throw await readProblem(response);
  return id;
}
