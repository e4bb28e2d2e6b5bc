import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Language } from "@pulse/schema/wire/manifest";
import { describe, expect, test } from "vitest";
import type { AttemptEnd, CapturedLine, FunctionJob, Workshop } from "../work.ts";
import { deploy, type Files, RecordingLink } from "./recording-link.suite.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };
type Body = string | { json: Json } | { base64: string } | { repeat: string; times: number };

interface CaseCall {
  request?: {
    method?: string;
    path?: string;
    headers?: Record<string, string> | [string, string][];
    body?: Body;
    trigger?: FunctionJob["spec"]["trigger"];
    head?: { attempt?: number; idempotencyKey?: string; alias?: string; traceparent?: string };
  };
  cancel?: { when: { log?: string; body?: string }; reason: string };
  expect: JsonObject;
}

/** A case of `runtimes/cases` (its README describes the form). */
interface Case {
  name: string;
  files: Partial<Record<Language, Files>>;
  only?: "bootstrap";
  load?: { env?: Record<string, string>; secrets?: Record<string, string>; concurrency?: number } & Pick<
    FunctionJob["spec"]["settings"],
    "lambda" | "openwhisk"
  >;
  ready?: JsonObject;
  refused?: JsonObject;
  answers?: Record<string, { ok: boolean; status: number; value: Json }>;
  together?: boolean;
  calls?: CaseCall[];
}

const timeoutMs = 60_000;
/** A call that a case ends by its timeout gets this much: it has said what the case waits for long before. */
const shortTimeoutMs = 2000;

/** Runs every case of `runtimes/cases` through the workshop's real path. */
export function casesSuite(runtime: Language, workshop: () => Workshop, folder: () => string): void {
  const place = new URL("../../../runtimes/cases/", import.meta.url);
  for (const file of readdirSync(place).filter((name) => name.endsWith(".json"))) {
    // The files are ours; the conformance test beside them relies on the same form.
    const cases = JSON.parse(readFileSync(new URL(file, place), "utf8")) as Case[];
    const own = cases.filter(({ files, only }) => files[runtime] !== undefined && only === undefined);
    if (own.length === 0) continue;
    describe.concurrent(file, () => {
      for (const one of own) {
        test(one.name, { timeout: timeoutMs }, () => runCase(one, runtime, workshop(), folder()));
      }
    });
  }
}

const lateMs = 5000;

async function runCase(one: Case, runtime: Language, workshop: Workshop, folder: string): Promise<void> {
  const {
    env = {},
    secrets = {},
    concurrency = 1,
    lambda,
    openwhisk,
  } = forLanguage((one.load ?? {}) as JsonObject, runtime) as NonNullable<Case["load"]>;
  const style = { ...(lambda && { lambda }), ...(openwhisk && { openwhisk }) };
  const deployed = await deploy(folder, runtime, one.files[runtime] ?? {}, { env, concurrency, ...style });
  const never = new AbortController().signal;
  const buildLink = new RecordingLink(deployed.archive);
  buildLink.opened = secrets;
  const built = await workshop.build(deployed.build, buildLink, never);
  if (one.refused !== undefined) {
    const refused = forLanguage(one.refused, runtime) as JsonObject;
    compareError(built, refused);
    const link = new RecordingLink(deployed.archive);
    compareError(await workshop.run(deployed.call(), link, never), refused);
    expect(link.responses).toBe(0);
    return;
  }
  expect(built).toMatchObject({ status: "succeeded", built: { initMs: expect.any(Number) } });
  expect(built.built).toMatchObject(forLanguage(one.ready ?? {}, runtime) as JsonObject);
  const run = async (call: CaseCall) => {
    const bytes = bytesOf(call.request?.body);
    const link = new RecordingLink(deployed.archive, bytes);
    link.answers = one.answers ?? {};
    link.opened = secrets;
    const end = await perform(workshop, deployed.call(jobOf(call, bytes)), link, call.cancel);
    const expected = forLanguage(call.expect, runtime) as JsonObject;
    // Work after the response goes on when the outcome is told.
    const [...lines] = (expected.logs ?? []) as JsonObject[];
    const isThere = (line: JsonObject) => link.lines.some((seen) => isLine(seen, line));
    await Promise.race([link.until(() => lines.every(isThere)), delay(lateMs, null, { ref: false })]);
    compare(end, link, expected, call.cancel);
  };
  if (one.together === true) await Promise.all((one.calls ?? []).map(run));
  else for (const call of one.calls ?? []) await run(call);
}

function jobOf({ request = {}, cancel }: CaseCall, bytes: Buffer | null) {
  const {
    method = "POST",
    path = "/",
    headers = {},
    trigger = { type: "http" as const },
    head = {},
  } = request;
  return {
    attempt: head.attempt ?? 1,
    traceparent: head.traceparent ?? null,
    timeoutMs: cancel?.reason === "timed_out" ? shortTimeoutMs : timeoutMs,
    spec: {
      trigger,
      request: {
        method,
        path,
        url: `http://pulse.test:8787/f/tested${path}`,
        headers: Array.isArray(headers) ? headers : Object.entries(headers),
      },
      body: bytes === null ? { at: "none" as const } : { at: "piped" as const },
      idempotencyKey: head.idempotencyKey ?? null,
    },
  };
}

async function perform(
  workshop: Workshop,
  job: FunctionJob,
  link: RecordingLink,
  cancel: CaseCall["cancel"],
): Promise<AttemptEnd> {
  const stop = new AbortController();
  const running = workshop.run(job, link, stop.signal);
  if (cancel !== undefined) {
    const { log, body } = cancel.when;
    await link.until(
      () =>
        (log !== undefined && link.text.includes(log)) || (body !== undefined && link.body.includes(body)),
    );
    if (cancel.reason !== "timed_out") stop.abort(cancel.reason);
  }
  const end = await running;
  await link.bodyRead;
  return end;
}

/** A call that was stopped is told by that, whatever it still said; its logs count all the same. */
function compare(
  end: AttemptEnd,
  link: RecordingLink,
  expected: JsonObject,
  cancel: CaseCall["cancel"],
): void {
  const { status, headers, body, error, broken, exited, logs, logCount } = expected;
  if (cancel !== undefined) {
    const wanted = cancel.reason === "timed_out" ? "timed_out" : "cancelled";
    expect(end).toMatchObject({ status: wanted, reason: wanted, truncated: link.head !== null });
    expect(link.bodyError !== null).toBe(link.head !== null);
  } else {
    if (exited === true) expect(end).toMatchObject({ status: "failed", reason: "crashed" });
    if (status !== undefined) {
      expect([end.status, end.error, link.head?.status]).toEqual(["succeeded", null, status]);
      expect([end.truncated, link.bodyError, link.responses]).toEqual([false, null, 1]);
    }
    for (const [name, value] of Object.entries((headers ?? {}) as JsonObject)) {
      const all = (link.head?.headers ?? []).filter(([seen]) => seen === name).map(([, seen]) => seen);
      const wanted = value === null ? [] : Array.isArray(value) ? value : [value];
      expect({ [name]: all }).toEqual({ [name]: wanted });
    }
    if (body !== undefined) compareBody(link.body, body as JsonObject);
    if (error !== undefined) {
      compareError(end, error as JsonObject);
      expect([link.head !== null, end.truncated]).toEqual([broken === true, broken === true]);
    }
  }
  if (logCount !== undefined) expect(link.lines.length).toBeGreaterThanOrEqual(Number(logCount));
  let at = 0;
  for (const line of (logs ?? []) as JsonObject[]) {
    const index = link.lines.findIndex((seen, i) => i >= at && isLine(seen, line));
    expect(link.lines.slice(0, 20), `a line ${JSON.stringify(line)} after ${at} others`).toSatisfy(
      () => index >= 0,
    );
    at = index + 1;
  }
}

function isLine(seen: CapturedLine, { text, stream, level, fields }: JsonObject): boolean {
  if (!seen.d.includes(String(text))) return false;
  if (stream !== undefined && seen.s !== stream) return false;
  if (level !== undefined && seen.l !== level) return false;
  return fields === undefined || isEqual(seen.f, fields);
}

function isEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

function compareBody(seen: Buffer, body: JsonObject): void {
  if (body.text !== undefined) expect(seen.toString()).toBe(body.text);
  if (body.json !== undefined) expect(JSON.parse(seen.toString())).toEqual(body.json);
  if (body.contains !== undefined) expect(seen.toString()).toContain(body.contains);
  if (body.base64 !== undefined) expect(seen.toString("base64")).toBe(body.base64);
  if (body.repeat !== undefined) {
    const wanted = bytesOf({ repeat: String(body.repeat), times: Number(body.times) });
    expect([seen.length, wanted?.equals(seen)]).toEqual([wanted?.length, true]);
  }
}

function compareError(end: AttemptEnd, expected: JsonObject): void {
  const { message, stack, lacks, permanent, retryAfterMs, ...rest } = expected;
  expect(end.status).toBe("failed");
  expect(end.error).toMatchObject(rest);
  if (message !== undefined) expect(end.error?.message).toContain(message);
  if (stack !== undefined) expect(end.error?.stack).toContain(stack);
  if (lacks !== undefined) expect(end.error?.stack).not.toContain(lacks);
  if (permanent !== undefined) expect(end.permanent).toBe(permanent);
  if (retryAfterMs !== undefined) expect(end.retryAfterMs).toBe(retryAfterMs);
}

function bytesOf(body: Body | undefined): Buffer | null {
  if (body === undefined) return null;
  if (typeof body === "string") return Buffer.from(body);
  if ("json" in body) return Buffer.from(JSON.stringify(body.json));
  if ("base64" in body) return Buffer.from(body.base64, "base64");
  return Buffer.from(body.repeat.repeat(body.times));
}

/** A value with every `{"$typescript": a, "$python": b}` in it decided. */
function forLanguage(value: Json, language: Language): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => forLanguage(one, language));
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([key]) => key === "$typescript" || key === "$python"))
    return forLanguage(value[`$${language}`] ?? null, language);
  return Object.fromEntries(entries.map(([key, one]) => [key, forLanguage(one, language)]));
}
