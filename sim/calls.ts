import { type OnLost, versionSettings } from "@pulse/schema/wire/manifest";
import type { NewExecution } from "../gateway/src/hub.ts";
import type { Random } from "./random.ts";

/** A function of this seed's project. */
export interface SimFunction {
  name: string;
  delivery: "atLeastOnce" | "atMostOnce";
  cap: { max: number; onLimit: "queue" | "reject" } | null;
  retry: NewExecution["retry"];
  timeoutMs: number;
  onLost: OnLost;
  pool: string;
}

/** One request of a caller: what stays the same when it is sent again. */
export interface Request {
  of: SimFunction;
  mode: "sync" | "async";
  idempotencyKey: string | null;
  /** How much later than the call it is to run, milliseconds. */
  delayMs: number;
}

const settings = versionSettings.parse({});

/** The functions of a seed, in pools drawn by `places`, which also draws what becomes of their lost work. */
export function makeFunctions(
  random: Random,
  hasLongWork: boolean,
  places: Random,
  pools: readonly string[],
): SimFunction[] {
  return Array.from({ length: random.between(2, 5) }, (_, i) => ({
    name: `f${i}`,
    delivery: random.chance(0.3) ? "atMostOnce" : "atLeastOnce",
    cap: random.chance(0.35)
      ? { max: random.between(1, 3), onLimit: random.chance(0.7) ? "queue" : "reject" }
      : null,
    retry: random.chance(0.6)
      ? {
          attempts: random.between(1, 4),
          backoff: random.spread(10, 5000),
          maxBackoff: 20_000,
          maxAge: random.spread(60_000, 3_600_000),
        }
      : null,
    timeoutMs: random.spread(hasLongWork ? 100_000 : 5000, 400_000),
    onLost: places.chance(0.5) ? "fail" : places.pick(["wait", "retry"] as const),
    pool: places.pick(pools),
  }));
}

/** Picks what the next caller asks for. */
export function makeRequest(functions: readonly SimFunction[], random: Random, count: number): Request {
  const mode = random.chance(0.45) ? "sync" : "async";
  return {
    of: random.pick(functions),
    mode,
    idempotencyKey: random.chance(0.35) ? `key-${random.below(Math.max(1, Math.floor(count / 3)))}` : null,
    delayMs: mode === "async" && random.chance(0.2) ? random.spread(100, 60_000) : 0,
  };
}

/** The execution that the HTTP half makes of a request that arrives now. */
export function executionOf(request: Request, id: string, now: number): NewExecution {
  const { of, mode, idempotencyKey, delayMs } = request;
  const isSync = mode === "sync";
  const maxAgeMs = of.retry?.maxAge ?? 6 * 3_600_000;
  const waitedMs = Math.min(30_000, Math.max(10_000, of.timeoutMs));
  const expiresAt = isSync ? now + waitedMs : now + maxAgeMs;
  return {
    id,
    requires: { runtime: "typescript", labels: {}, arch: null },
    mode,
    pool: of.pool,
    functionId: `fn_${of.name}`,
    versionId: `ver_${of.name}`,
    runAt: now + delayMs,
    expiresAt,
    createdAt: now,
    parentId: null,
    cap: of.cap === null ? null : { key: `fn_${of.name}`, ...of.cap },
    retry: isSync ? null : of.retry,
    idempotency:
      idempotencyKey === null
        ? null
        : {
            scope: `fn_${of.name}:caller`,
            key: idempotencyKey,
            fingerprint: "same",
            expiresAt: now + 24 * 3_600_000,
          },
    mayRedeliver: !isSync || idempotencyKey !== null,
    job: {
      kind: "function",
      execution: id,
      project: "default",
      delivery: of.delivery,
      timeoutMs: of.timeoutMs,
      deadlineMs: isSync ? null : expiresAt,
      traceparent: null,
      version: `ver_${of.name}`,
      bundle: `sha256:${"0".repeat(64)}`,
      spec: {
        function: { id: `fn_${of.name}`, name: of.name, version: 1, alias: "live" },
        runtime: "typescript",
        entry: "index.ts",
        settings: { timeout: settings.timeout, onLost: of.onLost },
        keepAliveMs: 600_000,
        deps: null,
        trigger: { type: "http" },
        request: { method: "POST", url: "http://localhost/f", path: "/", headers: [] },
        body: { at: "none" },
        idempotencyKey,
        depth: 0,
      },
    },
  };
}
