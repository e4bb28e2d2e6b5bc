import { liveSettings, versionSettings } from "@pulse/schema/wire/manifest";
import type { CallBody } from "./body.ts";
import type { CallOptions } from "./call-options.ts";
import type { Call, Target } from "./invoke.ts";

/** A function that stands ready, as the resolver finds it. */
export function makeTarget(change: Partial<Target> = {}): Target {
  return {
    functionId: "fn_a",
    name: "hello",
    alias: "live",
    live: liveSettings.parse({}),
    version: {
      id: "ver_a",
      number: 3,
      status: "ready",
      runtime: "typescript",
      entry: "index.ts",
      settings: versionSettings.parse({}),
      bundleSha256: "0".repeat(64),
      depsSha256: null,
      image: null,
    },
    ...change,
  };
}

/** A call of it with a POST. */
export function makeCall(
  options: Partial<CallOptions> = {},
  body: CallBody = { at: "none" },
  change: Partial<Call> = {},
): Call {
  return {
    project: "default",
    target: makeTarget(),
    credential: "key_a",
    trigger: { type: "http" },
    request: { method: "POST", url: "http://localhost:8787/f/hello", path: "/", headers: [] },
    body,
    options: {
      reply: "wait",
      waitMs: 0,
      timeoutMs: null,
      idempotencyKey: null,
      depth: 0,
      traceparent: null,
      applied: null,
      ...options,
    },
    parentId: null,
    ...change,
  };
}

export function bytesOf(text: string): CallBody {
  return { at: "bytes", bytes: new TextEncoder().encode(text) };
}
