import * as z from "zod";
import { duration } from "../duration.ts";
import { secretSettings } from "../secret.ts";
import { eventName, labelsField, nameField } from "./fields.ts";
import { imageFaults, imageSettings, runtimeMeant } from "./image.ts";
import { styleFaults, styleSettings } from "./style.ts";

/** A size such as `256MB` or `1GiB`, parsed to bytes. */
function size(leastBytes: number, mostBytes: number, bounds: string) {
  return z.string().transform((text, context) => {
    const match = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|KiB|MiB|GiB)$/.exec(text);
    const factor = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[
      match?.[2] ?? ""
    ];
    const bytes = Math.floor(Number(match?.[1]) * (factor ?? Number.NaN));
    if (!(bytes >= leastBytes && bytes <= mostBytes)) {
      context.addIssue({ code: "custom", message: `must be a size ${bounds}, got ${JSON.stringify(text)}` });
      return z.NEVER;
    }
    return bytes;
  });
}

const memory = size(32 * 2 ** 20, 64 * 2 ** 30, 'from "32MB" to "64GB"');

export const retrySettings = z.strictObject({
  attempts: z.number().int().min(1).max(100).default(3),
  /** The ceiling of the full jitter before attempt 2; doubled per attempt. */
  backoff: duration("10ms", "1h").default(1000),
  maxBackoff: duration("10ms", "6h").default(300_000),
  maxAge: duration("1s", "30d").default(6 * 3_600_000),
});
export type RetrySettings = z.output<typeof retrySettings>;

export const corsSettings = z.strictObject({
  origins: z.array(z.string().min(1).max(200)).min(1),
  credentials: z.boolean().default(false),
  headers: z.array(z.string()).default([]),
  maxAge: duration("0s", "1d").default(600_000),
});

/** Who may call the function's URL, and how. Live: changes at once, without a version. */
export const endpointSettings = z.strictObject({
  auth: z.enum(["key", "public", "signature", "jwt"]).default("key"),
  methods: z.array(z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])).optional(),
  cors: corsSettings.optional(),
  /** Calls per minute and credential. */
  rateLimit: z.number().int().min(1).max(1_000_000).optional(),
  maxBody: size(0, 2 ** 40, 'up to "1024GB"').optional(),
  /** Answer 202 at once, as `Prefer: respond-async` does. */
  mode: z.enum(["sync", "async"]).default("sync"),
  /** A caller who leaves before the answer stops the execution; absent or false: it runs on. */
  cancelOnDisconnect: z.boolean().optional(),
});
export type EndpointSettings = z.output<typeof endpointSettings>;

/** Who may do something with a function: `role:operator` (and the stronger roles), `user:ana`, `key:ci`. */
const grantee = z
  .string()
  .max(200)
  .regex(
    /^(role:(viewer|operator|employee|developer|admin)|user:[a-z0-9][a-z0-9._@+-]*|key:[a-z0-9][a-z0-9_-]*)$/,
    "must be role:<role>, user:<username> or key:<name>",
  );

/** Of those whose role or scope allows it, only these may. Absent: all of them. Admins always may. */
export const permissionSettings = z.strictObject({
  /** Call it, run it again, cancel it. */
  execute: z.array(grantee).max(100).optional(),
  /** Deploy it, change its settings, move its aliases, delete it. */
  deploy: z.array(grantee).max(100).optional(),
});

/**
 * What becomes of at-most-once work that began and whose runner is silent, or came back without it: `fail` ends it as lost after 5 minutes, `wait`
 * gives the runner a day to report, `retry` begins it again after 5 minutes.
 */
const onLostChoices = ["fail", "wait", "retry"] as const;
export type OnLost = (typeof onLostChoices)[number];

/** A function as a tool of agents (MCP): the live version's schema is the tool's. */
const mcpSettings = z.strictObject({
  /** What the tool does, for whoever decides to call it. */
  description: z
    .string()
    .min(1)
    .max(1000)
    .regex(/^[^\p{Cc}\p{Cf}]+$/u, "must be one line of visible text")
    .optional(),
  /** It changes nothing, wherever it is called. */
  readOnly: z.boolean().default(false),
});
export type McpSettings = z.output<typeof mcpSettings>;

const versioned = {
  ...imageSettings,
  ...styleSettings,
  timeout: duration("1ms", "24h").default(60_000),
  memory: memory.default(256 * 2 ** 20),
  cpus: z.number().min(0.1).max(64).default(1),
  /** Calls that one sandbox runs at the same time. */
  concurrency: z.number().int().min(1).max(1000).default(1),
  reuse: z.enum(["version", "never"]).default("version"),
  delivery: z.enum(["atLeastOnce", "atMostOnce"]).default("atLeastOnce"),
  onLost: z.enum(onLostChoices).default("fail"),
  retry: retrySettings.prefault({}),
  egress: z
    .union([z.enum(["open", "none"]), z.array(z.string().regex(/^[^\s:]+:\d+$/, "must be host:port"))])
    .default("open"),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(32_768)).default({}),
  secrets: secretSettings.default([]),
  allowInstallScripts: z.array(z.string()).default([]),
  /** Spaces of the key-value store that it shares with other functions, beside its own. */
  kv: z.strictObject({ shared: z.array(nameField).min(1).max(20) }).optional(),
  logs: z
    .strictObject({ max: size(1024, 256 * 2 ** 20, 'up to "256MB"').default(10 * 2 ** 20) })
    .prefault({}),
};

const live = {
  endpoint: endpointSettings.prefault({}),
  maxConcurrency: z.number().int().min(1).max(100_000).nullable().default(null),
  onLimit: z.enum(["queue", "reject"]).default("queue"),
  minWarm: z.number().int().min(0).max(100).default(0),
  keepAlive: duration("0s", "24h").default(600_000),
  pool: nameField.default("default"),
  labels: labelsField.default({}),
  permissions: permissionSettings.nullable().default(null),
  /** Null: agents are not offered it. */
  mcp: mcpSettings.nullable().default(null),
  /** Events that call it, each once with its data as the JSON body. */
  events: z
    .array(z.strictObject({ name: eventName, match: z.string().max(10_000).optional() }))
    .max(20)
    .default([]),
};

/** Settings that belong to a version and never change in it. Durations are milliseconds and sizes bytes after parsing. */
export const versionSettings = z.strictObject(versioned);
export type VersionSettings = z.output<typeof versionSettings>;

/** What has no effect is not taken as if it had one: at-least-once work that is lost is run again, whatever `onLost` says. */
function refuseIdleOnLost(
  { delivery, onLost }: { delivery: string; onLost: OnLost },
  context: z.RefinementCtx,
): void {
  if (delivery === "atMostOnce" || onLost === "fail") return;
  const message = `${JSON.stringify(onLost)} needs "delivery": "atMostOnce"; at-least-once work that is lost is run again anyway`;
  context.addIssue({ code: "custom", path: ["onLost"], message });
}

/** Settings of the function itself, changed without a version. */
export const liveSettings = z.strictObject(live);
export type LiveSettings = z.output<typeof liveSettings>;

/** What a deploy may carry: both kinds. Live settings that are absent stay as they are. */
export const deploySettings = z
  .strictObject({
    ...versioned,
    ...Object.fromEntries(Object.entries(live).map(([name, field]) => [name, field.unwrap().optional()])),
  } as typeof versioned & { [K in keyof typeof live]: z.ZodOptional<ReturnType<(typeof live)[K]["unwrap"]>> })
  .superRefine(refuseIdleOnLost);
export type DeploySettings = z.output<typeof deploySettings>;

/** A change of live settings: only what is named changes. */
export const livePatch = z.strictObject(
  Object.fromEntries(Object.entries(live).map(([name, field]) => [name, field.unwrap().optional()])) as {
    [K in keyof typeof live]: z.ZodOptional<ReturnType<(typeof live)[K]["unwrap"]>>;
  },
);
export type LivePatch = z.output<typeof livePatch>;

/** The languages that Pulse has a runtime for. */
export const languageField = z.enum(["typescript", "python"]);
export type Language = z.output<typeof languageField>;

/** What runs a function: a runtime of ours, or an image of the user's (`image.ts` says which is meant). */
export const runtimeField = z.enum([...languageField.options, "image"]);
export type Runtime = z.output<typeof runtimeField>;

const manifestShape = z.strictObject({
  $schema: z.string().optional(),
  name: nameField,
  /** Left out where an `image` is set; else `typescript` when it is left out. */
  runtime: runtimeField.optional(),
  /** The file whose exports are the function; default `index.ts` (or .tsx, .mts, .js, .mjs) and `main.py`. */
  entry: z.string().max(200).optional(),
  ...deploySettings.shape,
});

/** `pulse.jsonc`: one function and its settings. Its JSON Schema is served at `/schemas/pulse.v1.json`. */
export const manifest = manifestShape
  .superRefine((given, context) => {
    for (const { setting, detail } of [...imageFaults(given), ...styleFaults(given)])
      context.addIssue({ code: "custom", path: [setting], message: detail });
    refuseIdleOnLost(given, context);
  })
  .transform((given) => ({ ...given, runtime: runtimeMeant(given) }));
export type Manifest = z.output<typeof manifest>;
