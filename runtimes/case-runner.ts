import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bootstrap, firstCredit, type Json, type JsonObject, type Language } from "./frame-driver.ts";

type Text = string | string[];
type Body = string | { json: Json } | { base64: string } | { repeat: string; times: number };

/** A call of a case, as `cases/README.md` describes it. */
export interface CaseCall {
  request?: {
    method?: string;
    path?: string;
    headers?: Record<string, string> | [string, string][];
    body?: Body;
    trigger?: JsonObject;
    head?: JsonObject;
  };
  cancel?: { when: { log?: string; body?: string }; reason: string };
  expect: JsonObject;
}

/** A case, as `cases/README.md` describes it. */
export interface Case {
  name: string;
  files: Partial<Record<Language, Record<string, Text>>>;
  only?: "bootstrap";
  load?: JsonObject;
  ready?: JsonObject;
  refused?: JsonObject;
  answers?: Record<string, JsonObject>;
  together?: boolean;
  silent?: boolean;
  calls?: CaseCall[];
}

/** What came of a call. */
export interface Observation {
  status: number | null;
  headers: [string, string][];
  body: Buffer;
  error: JsonObject | null;
  logs: JsonObject[];
  exited: boolean;
}

/** Every case there is, with the file it stands in. */
export function readCases(): { file: string; cases: Case[] }[] {
  const folder = new URL("./cases/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return files.sort().map((file) => ({
    file,
    // The files are ours; their form is what the tests beside them rely on.
    cases: JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Case[],
  }));
}

/** A value with every `{"$typescript": a, "$python": b}` in it decided. */
export function forLanguage(value: Json, language: Language): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => forLanguage(one, language));
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([key]) => key === "$typescript" || key === "$python"))
    return forLanguage(value[`$${language}`] ?? null, language);
  return Object.fromEntries(entries.map(([key, one]) => [key, forLanguage(one, language)]));
}

/** Puts code into a folder of its own. */
export function placeCode(files: Record<string, Text>): { entry: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "pulse-code-"));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), Array.isArray(text) ? `${text.join("\n")}\n` : text);
  }
  if ("index.js" in files) writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return {
    entry: join(folder, "index.js" in files ? "index.js" : "main.py"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Waits for the greeting, then loads code: the answer (`R` or `X`), or null when the process ended. */
export async function load(
  runtime: Bootstrap,
  entry: string,
  more: JsonObject = {},
): Promise<JsonObject | null> {
  await runtime.until(() => runtime.of(0, "R").length > 0);
  runtime.send("I", 0, {
    ...{ protocol: 1, entry, env: {}, secrets: {}, concurrency: 1 },
    ...{ function: { name: "tested", version: 3 }, ...more },
  });
  const answer = await runtime.until(() => runtime.of(0, "R", "X").at(1));
  return answer === null ? null : jsonOf(answer.payload);
}

/** The bytes of a body as a case writes it. */
export function bytesOf(body: Body | undefined): Buffer | null {
  if (body === undefined) return null;
  if (typeof body === "string") return Buffer.from(body);
  if ("json" in body) return Buffer.from(JSON.stringify(body.json));
  if ("base64" in body) return Buffer.from(body.base64, "base64");
  return Buffer.from(body.repeat.repeat(body.times));
}

/** The head of a request as the runner sends it; `body` says whether bytes follow. */
export function headOf(request: NonNullable<CaseCall["request"]>, number: number, body: boolean): JsonObject {
  const path = request.path ?? "/";
  const headers = Array.isArray(request.headers) ? request.headers : Object.entries(request.headers ?? {});
  return {
    ...{ executionId: `exe_${number}`, attempt: 1, idempotencyKey: null, alias: "live", traceparent: null },
    ...{ trigger: request.trigger ?? { type: "http" }, deadline: Date.now() + 60_000, timeoutMs: 60_000 },
    ...{ method: request.method ?? "POST", url: `http://pulse.test:8787/f/tested${path}`, path },
    ...{ headers, body, nonce: `nonce-${number}-f3a1`, ...request.head },
  };
}

/** Runs one call to its `D`, or to the end of the process, as a runner with a fast caller would. */
export async function perform(
  runtime: Bootstrap,
  number: number,
  call: CaseCall,
  answers: Record<string, JsonObject> = {},
): Promise<Observation> {
  const { request = {}, cancel } = call;
  const bytes = bytesOf(request.body);
  runtime.send("Q", number, headOf(request, number, bytes !== null));
  let sent = 0;
  let hasEnded = bytes === null;
  let cancelled = false;
  let seen = 0;
  let credit = firstCredit;
  const observed: Observation = {
    status: null,
    headers: [],
    body: Buffer.alloc(0),
    error: null,
    logs: [],
    exited: false,
  };
  const parts: Buffer[] = [];
  const step = (): boolean => {
    const frames = runtime.of(number);
    for (const { type, payload } of frames.slice(seen)) {
      if (type === "H") Object.assign(observed, jsonOf(payload));
      if (type === "B") {
        parts.push(payload);
        runtime.send("W", number, word(payload.length));
      }
      if (type === "X") observed.error = jsonOf(payload);
      if (type === "L") observed.logs.push(jsonOf(payload));
      if (type === "W") credit += payload.readUInt32BE(0);
      if (type === "V") {
        const { id, name, input, kv } = jsonOf(payload);
        const asked = kv === undefined ? String(name) : kvAsked(kv as JsonObject, name, input);
        const missing = {
          ok: false,
          code: "not_found",
          message: `no ${kv === undefined ? "function" : "answer to"} ${asked}`,
        };
        runtime.send("A", number, { id: id ?? null, ...(answers[asked] ?? missing) });
      }
    }
    seen = frames.length;
    if (frames.some(({ type }) => type === "D")) return true;
    while (bytes !== null && sent < bytes.length && credit > 0) {
      const part = bytes.subarray(sent, sent + Math.min(65_536, credit));
      runtime.send("B", number, part);
      sent += part.length;
      credit -= part.length;
    }
    if (bytes !== null && sent === bytes.length && !hasEnded) {
      runtime.send("E", number);
      hasEnded = true;
    }
    if (cancel !== undefined && !cancelled && isSeen(cancel.when, observed, parts)) {
      runtime.send("C", number, { reason: cancel.reason });
      cancelled = true;
    }
    return false;
  };
  observed.exited = (await runtime.until(step)) === null;
  observed.body = Buffer.concat(parts);
  return observed;
}

/** A number as `W` carries it. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The object that a payload is. */
export function jsonOf(payload: Buffer): JsonObject {
  return JSON.parse(payload.toString()) as JsonObject; // The driver has recorded it when it is not JSON.
}

function isSeen(when: { log?: string; body?: string }, { logs }: Observation, parts: Buffer[]): boolean {
  const { log, body } = when;
  if (log !== undefined && logs.some(({ text }) => String(text).includes(log))) return true;
  return body !== undefined && Buffer.concat(parts).includes(body);
}

/** What `ctx.kv` asks, as the answers of a case name it: `kv set 60 counter 1`. */
function kvAsked(kv: JsonObject, key: unknown, value: unknown): string {
  return ["kv", ...Object.values(kv), key, JSON.stringify(value)].join(" ");
}
