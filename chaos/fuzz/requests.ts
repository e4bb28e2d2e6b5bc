import { Random } from "../../sim/random.ts";
import { hostile, mutated, type Schema, SchemaValues } from "./schema-values.ts";

/** One operation of the OpenAPI document. */
export interface Operation {
  id: string;
  method: string;
  /** With `{name}` for parameters. */
  path: string;
  parameters: { name: string; in: string; required?: boolean; schema: Schema }[];
  /** Schema of a JSON body, null without one. */
  body: Schema | null;
  /** Content types of bodies that are not JSON. */
  rawTypes: string[];
  isRunners: boolean;
  /** It answers with a page for people. */
  isPage: boolean;
  /** Statuses that it documents. */
  statuses: ReadonlySet<number>;
}

/** What is known to exist: texts that lead requests past the first check. */
export interface Known {
  texts: readonly string[];
  /** Credentials by name, each with how often it is taken. */
  credentials: readonly { header: string | null; weight: number; isRunner?: boolean }[];
  shared: Readonly<Record<string, Schema>>;
}

/** A request as it is sent. */
export interface FuzzRequest {
  operation: Operation;
  method: string;
  target: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

/** All operations of an OpenAPI document. */
export function operationsOf(document: Record<string, unknown>): Operation[] {
  const found: Operation[] = [];
  for (const [path, item] of Object.entries(document.paths as Record<string, Record<string, never>>)) {
    for (const [method, operation] of Object.entries(item)) {
      const { operationId, parameters = [], requestBody, responses, security } = operation as Schema;
      const content = ((requestBody as Schema | undefined)?.content ?? {}) as Record<string, Schema>;
      found.push({
        id: String(operationId),
        method: method.toUpperCase(),
        path,
        parameters: parameters as Operation["parameters"],
        body: (content["application/json"]?.schema as Schema | undefined) ?? null,
        rawTypes: Object.keys(content).filter((type) => type !== "application/json"),
        isRunners: JSON.stringify(security ?? []).includes("runner"),
        isPage: Object.values((responses ?? {}) as Record<string, Schema>).some(
          (one) => (one.content as Schema | undefined)?.["text/html"] !== undefined,
        ),
        statuses: new Set(
          Object.keys(responses as Schema)
            .map(Number)
            .filter(Boolean),
        ),
      });
    }
  }
  return found;
}

/** The request of a number: the same for the same seed, operations and known things. */
export function requestOf(
  seed: number,
  n: number,
  operations: readonly Operation[],
  known: Known,
): FuzzRequest {
  const dice = new Random(seed, `request ${n}`);
  const values = new SchemaValues(known.shared, known.texts, dice);
  const operation = dice.pick(operations);
  const isHostile = dice.chance(0.5);
  const one = (schema: Schema) => (isHostile && dice.chance(0.3) ? hostile(dice, false) : values.of(schema));
  let path = operation.path;
  const query: string[] = [];
  const headers: Record<string, string> = {};
  for (const { name, in: place, required, schema } of operation.parameters) {
    if (place === "path") path = path.replace(`{${name}}`, segment(one(schema)));
    else if (place === "header") headers[name] = headerValue(dice.chance(0.9) ? 1 : one(schema));
    else if (required || dice.chance(0.3)) query.push(`${name}=${segment(one(schema))}`);
  }
  if (isHostile && dice.chance(0.1)) query.push(`${segment(hostile(dice))}=${segment(hostile(dice))}`);
  Object.assign(headers, strangeHeaders(dice, isHostile));
  const credential = credentialOf(dice, known, operation.isRunners);
  if (credential !== null) headers.authorization = credential;
  const body = bodyOf(operation, dice, values, isHostile, headers);
  const isLate = isHostile && dice.chance(0.03);
  const method = isLate
    ? dice.pick(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
    : operation.method;
  const target = query.length === 0 ? path : `${path}?${query.join("&")}`;
  return { operation, method, target, headers, body: ["GET", "HEAD"].includes(method) ? null : body };
}

function segment(value: unknown): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return encodeURIComponent(text.toWellFormed()).slice(0, 2000);
}

function headerValue(value: unknown): string {
  return String(value)
    .replace(/[^\t\x20-\x7e]/g, "?")
    .slice(0, 2000);
}

function credentialOf(dice: Random, { credentials }: Known, isRunners: boolean): string | null {
  const wanted = credentials.filter(({ isRunner = false }) => isRunner === isRunners || dice.chance(0.1));
  const sum = wanted.reduce((total, { weight }) => total + weight, 0);
  let at = dice.next() * sum;
  for (const { header, weight } of wanted) {
    at -= weight;
    if (at <= 0) return header;
  }
  return null;
}

const headerTexts: Readonly<Record<string, readonly string[]>> = {
  prefer: ["wait=0", "wait=1", "respond-async", "wait=-1", "wait=99999999999", "x", "respond-async, wait=1"],
  "idempotency-key": ["k1", "k2", "", "x".repeat(300)],
  range: ["bytes=0-10", "bytes=-5", "bytes=9-1", "bytes=0-0,2-3", "bytes=99999999999999-", "x"],
  "if-match": ["*", '"1"', 'W/"1"', "x"],
  "if-none-match": ["*", '"1"', "x"],
  accept: ["application/json", "text/plain", "application/x-ndjson", "text/html", "*/*", "x", "text/csv"],
  "last-event-id": ["0", "1", "-1", "99999999999999999999", "x"],
  "pulse-timeout": ["1s", "0", "-1s", "10000000000d", "x"],
  "pulse-depth": ["0", "1", "8", "9", "-1", "1e9", "x"],
  "pulse-callback": ["http://127.0.0.1/", "https://hooks.example.test/x", "file:///etc/passwd", "x"],
  "pulse-project": ["default", "nothing", "__proto__", ""],
  "pulse-fence": ["0", "1", "-1", "99999999999999999999", "x"],
  "pulse-epoch": ["0", "1", "2", "-1", "x"],
  cookie: ["pulse_session=x", "pulse_session=", "=", ";;;", "pulse_session=a; pulse_session=b"],
  origin: ["null", "https://evil.example.test"],
  traceparent: ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "x"],
  "x-request-id": ["abc", "\t", "x".repeat(200)],
  "x-forwarded-for": ["192.0.2.1", "::1, 192.0.2.1", "x"],
  "content-encoding": ["gzip", "br", "x"],
};

function strangeHeaders(dice: Random, isHostile: boolean): Record<string, string> {
  const made: Record<string, string> = {};
  for (let i = dice.below(isHostile ? 4 : 2); i > 0; i--) {
    const name = dice.pick(Object.keys(headerTexts));
    made[name] = dice.pick(headerTexts[name] ?? [""]);
  }
  return made;
}

const bodyTypes = ["application/json", "text/plain", "application/octet-stream", "multipart/form-data", "x"];

function bodyOf(
  { body, rawTypes }: Operation,
  dice: Random,
  values: SchemaValues,
  isHostile: boolean,
  headers: Record<string, string>,
): Buffer | null {
  if (body === null || (rawTypes.length > 0 && dice.chance(0.4))) {
    if (rawTypes.length === 0 && !isHostile) return null;
    const type = rawTypes.length > 0 ? dice.pick(rawTypes) : dice.pick(bodyTypes);
    headers["content-type"] = type === "*/*" ? dice.pick(bodyTypes) : type;
    return Buffer.from(dice.chance(0.5) ? dice.bytes(dice.spread(1, 20_000)) : String(hostile(dice, false)));
  }
  headers["content-type"] = isHostile && dice.chance(0.1) ? dice.pick(bodyTypes) : "application/json";
  const value = values.of(body);
  const bytes = Buffer.from(JSON.stringify(isHostile ? mutated(value, dice) : value) ?? "");
  return isHostile && dice.chance(0.1) ? damaged(bytes, dice) : bytes;
}

function damaged(bytes: Buffer, dice: Random): Buffer {
  const ways: (() => Buffer)[] = [
    () => bytes.subarray(0, dice.below(bytes.length + 1)),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
    () => Buffer.concat([bytes, bytes]),
    () => Buffer.from("[".repeat(dice.spread(10, 100_000))),
    () => Buffer.from('{"a":'.repeat(dice.spread(10, 20_000))),
    () => Buffer.from(`{"n":1${"0".repeat(dice.spread(10, 100_000))}}`),
    () => {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[dice.below(copy.length)] = dice.below(256);
      return copy;
    },
  ];
  return dice.pick(ways)();
}
