import { ProblemError } from "@pulse/schema/problem";
import { me } from "@pulse/schema/wire/auth";
import { readyz, version } from "@pulse/schema/wire/operations";
import { listRunners, type RunnerView } from "@pulse/schema/wire/runners";
import * as z from "zod";
import { reasonOf } from "../caller.ts";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { commandsCheck } from "./commands.ts";
import { engineChecks, freeBytesAt } from "./engine.ts";
import { gatewayChecks, type HealthName } from "./health.ts";
import { dockerInfo, pythonVersion, reachNeighbours } from "./machine.ts";
import { compareVersions, isPythonNew } from "./versions.ts";

/** What a check found. A `warning` is worth knowing and no failure. */
export interface Check {
  name:
    | "gateway"
    | "version"
    | "clock"
    | "key"
    | "runtimes"
    | "docker"
    | "limits"
    | "cgroups"
    | "isolation"
    | "kernel"
    | "neighbours"
    | "restarts"
    | "disk"
    | "python"
    | "policy"
    | "commands"
    | HealthName;
  status: "ok" | "warning" | "failed";
  detail: string;
  /** What to type or change. */
  fix: string | null;
}

const mostSkewMs = 30_000;
const expirySoonMs = 7 * 86_400_000;

/** All checks in the order in which a newcomer meets what they look at. `ownVersion` is this CLI's. */
export async function* checks(session: Session, ownVersion: string): AsyncGenerator<Check> {
  const { client, signal, messages: m, gateway } = session;
  const isUp = yield* reachable(session);
  if (isUp) {
    const theirs = (await client.call(version, { signal })).version;
    yield versionCheck(ownVersion, theirs, m);
    yield await clock(session);
    yield await key(session);
    yield* gatewayChecks(session);
    yield runtimes(await onlineRunners(session), m);
  }
  const isLocal = /\/\/(localhost|127\.|\[::1\])/.test(gateway);
  yield* machineChecks(signal, m, isLocal ? m.noDocker : m.noDockerHere);
}

/** What this machine has for running functions and commands: its Docker engine, Python, and what its runner takes. */
export async function* machineChecks(
  signal: AbortSignal,
  m: Messages,
  noEngine: string,
): AsyncGenerator<Check> {
  const info = await dockerInfo(process.env.DOCKER_HOST, signal);
  if (info === null) yield { name: "docker", status: "warning", detail: noEngine, fix: m.fixDocker };
  else {
    const freeBytes = freeBytesAt(info.DockerRootDir);
    const neighbours = await reachNeighbours(process.env.DOCKER_HOST, signal);
    const runtime = process.env.PULSE_CONTAINER_RUNTIME || null;
    yield* engineChecks(info, { freeBytes, neighbours, runtime }, m);
  }
  yield pythonCheck(await pythonVersion(signal), m);
  yield await commandsCheck(signal, m);
}

async function* reachable({ client, gateway, signal, messages: m }: Session): AsyncGenerator<Check, boolean> {
  try {
    await client.call(readyz, { signal });
    yield { name: "gateway", status: "ok", detail: fill(m.gatewayAnswers, { gateway }), fix: null };
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    const isGone = error instanceof ProblemError && error.extras.members?.unreachable === true;
    const why = isGone ? reasonOf(error.cause) : error instanceof Error ? error.message : String(error);
    const detail = isGone ? `${fill(m.unreachable, { gateway })} (${why})` : why;
    yield { name: "gateway", status: "failed", detail, fix: isGone ? m.fixGateway : m.fixNotReady };
    return false;
  }
}

function versionCheck(own: string, theirs: string, m: Messages): Check {
  const apart = compareVersions(own, theirs);
  const detail = fill(m.versionsAre, { own, theirs });
  if (apart === "same") return { name: "version", status: "ok", detail, fix: null };
  const fix = apart.older === "first" ? m.fixOwnVersion : m.fixTheirVersion;
  return { name: "version", status: apart.isMajor ? "failed" : "warning", detail, fix };
}

async function clock({ fetch: send, gateway, signal, messages: m }: Session): Promise<Check> {
  const before = Date.now();
  const response = await send(`${gateway}/livez`, { signal });
  await response.arrayBuffer();
  // The header has whole seconds; the middle of one, and of the way there and back, is the best guess.
  const theirs = Date.parse(response.headers.get("date") ?? "") + 500;
  const apartMs = Math.max(0, Math.abs((before + Date.now()) / 2 - theirs) - 500);
  const seconds = Math.round(apartMs / 1000);
  if (apartMs <= mostSkewMs) return { name: "clock", status: "ok", detail: m.clockInStep, fix: null };
  return { name: "clock", status: "failed", detail: fill(m.clockApart, { seconds }), fix: m.fixClock };
}

async function key({ client, profile, signal, messages: m }: Session): Promise<Check> {
  if (profile.key === null) return { name: "key", status: "failed", detail: m.noKey, fix: m.tryLogin };
  try {
    const { name, scopes, expiresAt } = await client.call(me, { signal });
    const detail = fill(m.keyIs, { name, scopes: scopes.join(", "), source: profile.source });
    if (expiresAt !== null && Date.parse(expiresAt) - Date.now() < expirySoonMs)
      return {
        name: "key",
        status: "warning",
        detail: `${detail}; ${fill(m.keyExpires, { time: expiresAt })}`,
        fix: m.fixKey,
      };
    return { name: "key", status: "ok", detail, fix: null };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { name: "key", status: "failed", detail: `${error.message} (${profile.source})`, fix: m.tryLogin };
  }
}

/** The runners that are online; null: they may not be seen. */
async function onlineRunners({ client, signal }: Session): Promise<RunnerView[] | null> {
  try {
    const { items } = await client.call(listRunners, { query: { limit: 200 }, signal });
    return items.filter((one) => one.status === "online");
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return null;
  }
}

function runtimes(online: RunnerView[] | null, m: Messages): Check {
  if (online === null)
    return { name: "runtimes", status: "warning", detail: m.runtimesUnknown, fix: m.fixMayRead };
  const can = new Set(online.flatMap(({ capabilities, facts }) => [...capabilities, ...runtimesIn(facts)]));
  const there = ["typescript", "python"].filter((one) => can.has(one));
  const missing = ["typescript", "python"].filter((one) => !can.has(one));
  const preparing = online.find((one) => one.preparing !== null)?.preparing;
  const isolated = can.has("docker") ? m.inContainers : m.asProcesses;
  if (there.length === 0) {
    const detail = preparing ?? m.noRuntime;
    return { name: "runtimes", status: "failed", detail, fix: preparing ? m.fixWait : m.fixRunner };
  }
  const detail = `${there.join(", ")}; ${isolated}`;
  if (missing.length === 0) return { name: "runtimes", status: "ok", detail, fix: null };
  const lacks = `${detail}; ${fill(m.runtimeMissing, { names: missing.join(", ") })}`;
  return { name: "runtimes", status: "warning", detail: lacks, fix: preparing ? m.fixWait : m.fixPython };
}

function pythonCheck(found: string | null, m: Messages): Check {
  if (found === null) return { name: "python", status: "warning", detail: m.noPython, fix: m.fixPython };
  const detail = fill(m.pythonIs, { version: found });
  if (isPythonNew(found)) return { name: "python", status: "ok", detail, fix: null };
  return { name: "python", status: "warning", detail: `${detail}; ${m.pythonOld}`, fix: m.fixPython };
}

const runtimeFacts = z.object({ runtimes: z.array(z.string()) });

function runtimesIn(facts: RunnerView["facts"]): string[] {
  return runtimeFacts.safeParse(facts).data?.runtimes ?? [];
}
