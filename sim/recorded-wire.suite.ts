import { readdirSync, readFileSync } from "node:fs";
import type { Endpoint } from "@pulse/schema/endpoint";
import { emitFromJob } from "@pulse/schema/wire/emit";
import { kvFromJob } from "@pulse/schema/wire/kv";
import * as wire from "@pulse/schema/wire/runner-protocol";
import type { Exchange } from "./wire-relay.suite.ts";

/** What a runner and a gateway of one version said, each kind of message once. */
export interface Recording {
  protocol: number;
  /** The version of Pulse. */
  version: string;
  exchanges: Exchange[];
}

const folder = new URL("../schema/src/wire/recorded/", import.meta.url);

/** Every recording there is. */
export function recordings(): Recording[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Recording);
}

/** Every endpoint of the runner protocol as it is now. */
export const endpoints: readonly Endpoint[] = [...Object.values(wire), emitFromJob, kvFromJob].filter(
  (one): one is Endpoint =>
    typeof one === "object" && "tag" in one && "method" in one && one.tag === "runner protocol",
);

/** The first message of each shape, without what was secret. */
export function recordingOf(exchanges: readonly Exchange[], version: string): Recording {
  const seen = new Set<string>();
  const kept = exchanges.filter(({ method, path, status, request, answer }) => {
    const shape = JSON.stringify([method, path, status, shapeOf(request), shapeOf(answer)]);
    return seen.size < seen.add(shape).size;
  });
  return { protocol: wire.protocolVersion, version, exchanges: JSON.parse(JSON.stringify(kept, hidden)) };
}

const secret = new Set(["token", "assertion", "proof", "accessToken", "bundleKey", "x"]);

function hidden(key: string, value: unknown): unknown {
  if (secret.has(key) && typeof value === "string") return "not-recorded";
  return key === "hostname" ? "runner-1.example.test" : value;
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((one) => JSON.stringify(shapeOf(one))))].sort();
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  const entries = Object.entries(value).map(([key, one]) => [key, shapeOf(one)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Why a recorded message is no message of its endpoint any more; empty: it still is, and nothing of it is passed over. */
export function faultsOf({ request, answer, status }: Exchange, endpoint: Endpoint): string[] {
  const parts = [
    ["request", endpoint.body, request],
    ["answer", status < 300 ? endpoint.answer : undefined, answer],
  ] as const;
  return parts.flatMap(([what, schema, message]) => {
    if (schema === undefined || message === null) return [];
    const plain = JSON.parse(JSON.stringify(message, withoutSettings));
    const read = schema.safeParse(plain);
    if (!read.success) {
      return read.error.issues.map((issue) => `${what}/${issue.path.join("/")}: ${issue.message}`);
    }
    return lacks(plain, read.data).map((at) => `${what}${at}: is not read any more`);
  });
}

/** A job has the settings of its version as they were read, not as their schema takes them: whoever compares two answers compares those too. */
const withoutSettings = (key: string, value: unknown) => (key === "settings" ? {} : value);

/** Where something of `before` has nothing of its kind in `now`; null stands for any kind. */
export function lacks(before: unknown, now: unknown, at = ""): string[] {
  if (before === null || (now === null && at !== "")) return [];
  if (typeof before !== typeof now || Array.isArray(before) !== Array.isArray(now)) return [at];
  if (Array.isArray(before)) {
    const all = now as unknown[];
    // Of lists of whatever length the first says what the others are.
    return before.length === 0 || all.length === 0 ? [] : lacks(before[0], all[0], `${at}/0`);
  }
  if (typeof before !== "object") return [];
  return Object.entries(before).flatMap(([key, one]) =>
    lacks(one, (now as Record<string, unknown>)[key], `${at}/${key}`),
  );
}
