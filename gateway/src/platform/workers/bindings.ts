import { type StripeSettings, stripeFields, stripeSettings } from "@pulse/schema/billing-settings";
import { compatFields } from "@pulse/schema/compat-switch";
import { graphqlFields } from "@pulse/schema/graphql-switch";
import { callbackHosts, outboundHosts } from "@pulse/schema/host-lists";
import { type LimitSettings, limitFields, limitSettings } from "@pulse/schema/limit-settings";
import { metricsFields } from "@pulse/schema/metrics-token";
import { type OidcSettings, oidcFields, oidcSettings } from "@pulse/schema/oidc-settings";
import { ProblemError } from "@pulse/schema/problem";
import { type GroupRole, groupRoles } from "@pulse/schema/roles";
import { type TracingSettings, tracingFields, tracingSettings } from "@pulse/schema/tracing-settings";
import * as z from "zod";

/** A Durable Object as the Worker reaches it. Only what Pulse uses of Cloudflare's interfaces is declared here. */
export interface ObjectStub {
  fetch(request: Request): Promise<Response>;
}

/** Static files that were deployed along with the Worker. */
export interface StaticFiles {
  fetch(request: Request): Promise<Response>;
}

/** A namespace of Durable Objects. */
export interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): ObjectStub;
}

/** The alarm of a Durable Object: one time, epoch milliseconds. */
export interface AlarmStorage {
  getAlarm(): Promise<number | null>;
  setAlarm(atMs: number): Promise<void>;
}

/** What a Durable Object is made with. */
export interface ObjectState {
  storage: AlarmStorage & {
    get(key: string): Promise<unknown>;
    put(key: string, value: string): Promise<void>;
  };
}

/** A bucket of R2. */
export interface Bucket {
  get(key: string): Promise<{ size: number; body: ReadableStream<Uint8Array> } | null>;
  put(key: string, content: Uint8Array): Promise<unknown>;
  createMultipartUpload(key: string): Promise<MultipartUpload>;
  head(key: string): Promise<{ uploaded: Date } | null>;
  list(options: {
    prefix: string;
    limit: number;
    startAfter?: string;
  }): Promise<{ objects: { key: string }[] }>;
  delete(key: string): Promise<void>;
}

/** An upload of R2 in parts: all of one size but the last. Nothing is under the key before `complete`. */
export interface MultipartUpload {
  uploadPart(number: number, content: Uint8Array): Promise<UploadedPart>;
  complete(parts: UploadedPart[]): Promise<unknown>;
  abort(): Promise<void>;
}

/** What R2 answers for a part; handed back as it is. */
export interface UploadedPart {
  partNumber: number;
  etag: string;
}

/** What `wrangler.toml` and the secrets of the account give. Checked by `readBindings`. */
export type WorkerEnv = Readonly<Record<string, unknown>>;

/** The bindings of a Pulse Worker, complete. */
export interface Bindings {
  hub: ObjectNamespace;
  bucket: Bucket | null;
  /** The dashboard; null where none was deployed. */
  files: StaticFiles | null;
  databaseUrl: string;
  databaseToken: string | null;
  adminKey: string;
  /** What seals secrets, as it is written. */
  masterKey: string;
  /** Null: the origin that a request came to. */
  publicUrl: string | null;
  functionsUrl: string | null;
  /** Hosts that may be called back. */
  callbackHosts: string[];
  /** Hosts that everything may reach. */
  outboundHosts: string[];
  /** What members of groups of an identity provider are here. */
  groupRoles: GroupRole[];
  /** A range service of leaked passwords; null: none is asked. */
  breachCheckUrl: string | null;
  /** The identity provider; null: there is none. */
  oidc: OidcSettings | null;
  /** Who is paid for plans; null: nobody. */
  stripe: StripeSettings | null;
  /** Calls a minute of one credential, and of one address without a credential; 0: no limit, null: a generous one. */
  limits: LimitSettings;
  /** Opens `/metrics`; null: a key of the gateway's admin does. */
  metricsToken: string | null;
  /** Where spans are told of; null: nowhere. */
  tracing: TracingSettings | null;
  /** The endpoints of the system before Pulse are served. */
  isCompatible: boolean;
  /** GraphQL is served. */
  hasGraphql: boolean;
  /** How long after an eviction the object is woken at the latest, milliseconds. */
  backstopMs: number;
}

const origin = z.string().transform((text, context) => {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  context.addIssue({ code: "custom", message: "must be an origin such as https://pulse.example.test" });
  return z.NEVER;
});

const binding = <T>(method: string) =>
  z.custom<T>(
    // Stubs of the platform answer `typeof` for methods they do not list.
    (value) => typeof value === "object" && value !== null && typeof (value as never)[method] === "function",
    "the binding is missing",
  );

/** The address of a libSQL database over HTTP. */
export const databaseUrl = z
  .string("is missing")
  .regex(/^(libsql|https?):\/\/[^/]/, "must be the libsql://, https:// or http:// URL of a libSQL database");

const shape = z.object({
  HUB: binding<ObjectNamespace>("idFromName"),
  BLOBS: binding<Bucket>("createMultipartUpload").optional(),
  ASSETS: binding<StaticFiles>("fetch").optional(),
  PULSE_DATABASE_URL: databaseUrl,
  PULSE_DATABASE_TOKEN: z.string().min(1).optional(),
  PULSE_ADMIN_KEY: z
    .string("is missing")
    .regex(/^pk_[A-Za-z0-9_-]{20,200}$/, "must be pk_ followed by 20 to 200 letters, digits, - or _"),
  PULSE_MASTER_KEY: z.string("is missing").min(1),
  PULSE_PUBLIC_URL: origin.optional(),
  PULSE_FUNCTIONS_URL: origin.optional(),
  PULSE_CALLBACK_HOSTS: callbackHosts.default([]),
  PULSE_OUTBOUND_HOSTS: outboundHosts.default([]),
  PULSE_GROUP_ROLES: groupRoles.default([]),
  PULSE_BREACH_CHECK_URL: z.url({ protocol: /^https?$/ }).optional(),
  ...oidcFields,
  ...stripeFields,
  ...limitFields,
  ...metricsFields,
  ...compatFields,
  ...graphqlFields,
  ...tracingFields,
  PULSE_BACKSTOP_MS: z.coerce.number().int().min(500).max(600_000).default(30_000),
});

const how: Record<string, string> = {
  HUB: "[[durable_objects.bindings]] in wrangler.toml",
  BLOBS: "[[r2_buckets]] in wrangler.toml",
  ASSETS: "[assets] in wrangler.toml",
  PULSE_DATABASE_URL: "npx wrangler secret put PULSE_DATABASE_URL",
  PULSE_DATABASE_TOKEN: "npx wrangler secret put PULSE_DATABASE_TOKEN",
  PULSE_ADMIN_KEY: "npx wrangler secret put PULSE_ADMIN_KEY",
  PULSE_MASTER_KEY: "openssl rand -base64 32 | npx wrangler secret put PULSE_MASTER_KEY",
};

/** Checks what the Worker was given. Throws one `unavailable` problem that lists everything missing or wrong; values are not shown. */
export function readBindings(env: WorkerEnv): Bindings {
  const names = Object.keys(shape.shape);
  const given = Object.fromEntries(
    names.flatMap((name) => (env[name] === undefined || env[name] === "" ? [] : [[name, env[name]]])),
  );
  const result = shape.safeParse(given);
  const faults = result.success
    ? []
    : result.error.issues.map(({ path, message }) => faultOf(String(path[0]), message));
  const url = env.PULSE_DATABASE_URL;
  if (typeof url === "string" && !url.startsWith("http:") && given.PULSE_DATABASE_TOKEN === undefined) {
    faults.push(faultOf("PULSE_DATABASE_TOKEN", "is missing"));
  }
  const stripe = result.success ? stripeSettings(result.data) : null;
  for (const name of stripe?.missing ?? []) faults.push(faultOf(name, "is needed with PULSE_STRIPE_KEY"));
  const oidc = result.success ? oidcSettings(result.data) : null;
  for (const name of oidc?.missing ?? [])
    faults.push(faultOf(name, "is needed with the other PULSE_OIDC_ settings"));
  if (!result.success || faults.length > 0) {
    throw new ProblemError("unavailable", `this Worker is not set up: ${faults.join("; ")}`);
  }
  const { data } = result;
  return {
    hub: data.HUB,
    bucket: data.BLOBS ?? null,
    files: data.ASSETS ?? null,
    databaseUrl: data.PULSE_DATABASE_URL,
    databaseToken: data.PULSE_DATABASE_TOKEN ?? null,
    adminKey: data.PULSE_ADMIN_KEY,
    masterKey: data.PULSE_MASTER_KEY,
    publicUrl: data.PULSE_PUBLIC_URL ?? null,
    functionsUrl: data.PULSE_FUNCTIONS_URL ?? null,
    callbackHosts: data.PULSE_CALLBACK_HOSTS,
    outboundHosts: data.PULSE_OUTBOUND_HOSTS,
    groupRoles: data.PULSE_GROUP_ROLES,
    breachCheckUrl: data.PULSE_BREACH_CHECK_URL ?? null,
    oidc: oidc?.settings ?? null,
    stripe: stripe?.settings ?? null,
    limits: limitSettings(data),
    metricsToken: data.PULSE_METRICS_TOKEN ?? null,
    tracing: tracingSettings(data),
    isCompatible: data.PULSE_COMPAT === "on",
    hasGraphql: data.PULSE_GRAPHQL === "on",
    backstopMs: data.PULSE_BACKSTOP_MS,
  };
}

function faultOf(name: string, message: string): string {
  const way = how[name];
  return `${name} ${message}${way === undefined ? "" : ` (${way})`}`;
}
