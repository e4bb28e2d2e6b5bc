import { sizeText } from "./settings-text.ts";

/** The live settings as the fields of a form: all text, as it is typed. */
export interface LiveFields {
  auth: string;
  mode: string;
  methods: string;
  rateLimit: string;
  maxBody: string;
  origins: string;
  cancelOnDisconnect: string;
  maxConcurrency: string;
  onLimit: string;
  minWarm: string;
  keepAlive: string;
  pool: string;
  labels: string;
}

export type LiveField = keyof LiveFields;

/** Where the API finds each field: what it calls wrong is shown there. */
export const livePointers: Readonly<Record<LiveField, string>> = {
  auth: "/endpoint/auth",
  mode: "/endpoint/mode",
  methods: "/endpoint/methods",
  rateLimit: "/endpoint/rateLimit",
  maxBody: "/endpoint/maxBody",
  origins: "/endpoint/cors",
  cancelOnDisconnect: "/endpoint/cancelOnDisconnect",
  maxConcurrency: "/maxConcurrency",
  onLimit: "/onLimit",
  minWarm: "/minWarm",
  keepAlive: "/keepAlive",
  pool: "/pool",
  labels: "/labels",
};

type Settings = Readonly<Record<string, unknown>>;

/** The fields of settings as the gateway shows them. */
export function liveFields(settings: Settings): LiveFields {
  const endpoint = objectOf(settings.endpoint);
  return {
    auth: textOf(endpoint.auth ?? "key"),
    mode: textOf(endpoint.mode ?? "sync"),
    methods: listOf(endpoint.methods).join(", "),
    rateLimit: textOf(endpoint.rateLimit),
    maxBody: typeof endpoint.maxBody === "number" ? sizeText(endpoint.maxBody) : "",
    origins: listOf(objectOf(endpoint.cors).origins).join("\n"),
    cancelOnDisconnect: endpoint.cancelOnDisconnect === true ? "true" : "",
    maxConcurrency: textOf(settings.maxConcurrency),
    onLimit: textOf(settings.onLimit ?? "queue"),
    minWarm: textOf(settings.minWarm ?? 0),
    keepAlive: textOf(settings.keepAlive),
    pool: textOf(settings.pool),
    labels: Object.entries(objectOf(settings.labels))
      .map(([key, value]) => `${key}=${textOf(value)}`)
      .join("\n"),
  };
}

/** The change that makes settings what the fields say; what the form does not show stays as it is. */
export function livePatchOf(fields: LiveFields, before: Settings): Record<string, unknown> {
  const methods = words(fields.methods);
  const origins = words(fields.origins);
  const {
    methods: _m,
    rateLimit: _r,
    maxBody: _b,
    cors,
    cancelOnDisconnect: _c,
    ...endpoint
  } = objectOf(before.endpoint);
  return {
    endpoint: {
      ...endpoint,
      auth: fields.auth,
      mode: fields.mode,
      ...(methods.length === 0 ? {} : { methods: methods.map((one) => one.toUpperCase()) }),
      ...(fields.rateLimit.trim() === "" ? {} : { rateLimit: numberOr(fields.rateLimit) }),
      ...(fields.maxBody.trim() === "" ? {} : { maxBody: fields.maxBody.trim() }),
      ...(origins.length === 0 ? {} : { cors: corsOf(cors, origins) }),
      ...(fields.cancelOnDisconnect === "true" ? { cancelOnDisconnect: true } : {}),
    },
    maxConcurrency: fields.maxConcurrency.trim() === "" ? null : numberOr(fields.maxConcurrency),
    onLimit: fields.onLimit,
    minWarm: numberOr(fields.minWarm),
    keepAlive: fields.keepAlive.trim(),
    pool: fields.pool.trim(),
    labels: pairsOf(fields.labels.replaceAll(/[ \t]+$/gm, "")),
  };
}

/** What the API said about a field; undefined: nothing. */
export function wrongOf(
  pointer: string,
  errors: readonly { pointer: string; detail: string }[],
): string | undefined {
  const found = errors.filter((one) => {
    const at = one.pointer.replace(/^\/settings/, "");
    return at === pointer || at.startsWith(`${pointer}/`);
  });
  return found.length === 0 ? undefined : found.map(({ detail }) => detail).join("; ");
}

/** Lines of `name=value` as an object; a line without `=` is a name without a value. */
export function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => {
        const at = line.indexOf("=");
        return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1)];
      }),
  );
}

/** A number where the text is one; otherwise the text, so that the API can say what is wrong with it. */
export function numberOr(text: string): number | string {
  const number = Number(text.trim());
  return text.trim() === "" || Number.isNaN(number) ? text.trim() : number;
}

/** Words between commas, spaces and line breaks. */
export function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((one) => one !== "");
}

function corsOf(before: unknown, origins: string[]): Record<string, unknown> {
  const { maxAge, ...rest } = objectOf(before);
  // Shown in milliseconds, taken as text.
  return { ...rest, origins, ...(typeof maxAge === "number" ? { maxAge: `${maxAge}ms` } : {}) };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}
