import { type AddressRange, addressRanges } from "@pulse/schema/address";
import { type StripeSettings, stripeFields, stripeSettings } from "@pulse/schema/billing-settings";
import { compatFields } from "@pulse/schema/compat-switch";
import { graphqlFields } from "@pulse/schema/graphql-switch";
import { callbackHosts, outboundHosts } from "@pulse/schema/host-lists";
import { type LimitSettings, limitFields, limitSettings } from "@pulse/schema/limit-settings";
import { metricsFields } from "@pulse/schema/metrics-token";
import { type OidcSettings, oidcFields, oidcSettings } from "@pulse/schema/oidc-settings";
import { type FieldProblem, ProblemError } from "@pulse/schema/problem";
import { type GroupRole, groupRoles } from "@pulse/schema/roles";
import { type SmtpSettings, smtpFields, smtpSettings } from "@pulse/schema/smtp-settings";
import { type TracingSettings, tracingFields, tracingSettings } from "@pulse/schema/tracing-settings";
import * as z from "zod";

/** Settings of a Node gateway, all read in one place. */
export interface GatewayConfig {
  host: string;
  /** 0: any free port. */
  port: number;
  dataDir: string;
  publicUrl: string | null;
  functionsUrl: string | null;
  adminKey: string | null;
  /** What seals secrets, as it is written; null: in a file, or made on the first start. */
  masterKey: string | null;
  masterKeyFile: string | null;
  /** A remote libSQL database; null: a file in the data folder. */
  databaseUrl: string | null;
  databaseToken: string | null;
  /** Where other gateways over the same database reach this one. */
  hubUrl: string | null;
  /** Hosts that may be called back. */
  callbackHosts: string[];
  /** Hosts that everything may reach, wherever they are. */
  outboundHosts: string[];
  /** What members of groups of an identity provider are here. */
  groupRoles: GroupRole[];
  /** A range service of leaked passwords; null: none is asked. */
  breachCheckUrl: string | null;
  /** Proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: AddressRange[];
  /** With it a trusted proxy shows that it is one, and says who people are; null: none does. */
  proxySecret: string | null;
  /** The identity provider; null: there is none. */
  oidc: OidcSettings | null;
  /** What mail goes out through; null: none does. */
  smtp: SmtpSettings | null;
  /** Who is paid for plans; null: nobody. */
  stripe: StripeSettings | null;
  /** Calls a minute of one credential, and of one address without a credential; 0: no limit, null: a generous one. */
  limits: LimitSettings;
  /** Opens `/metrics`; null: a key of the gateway's admin does. */
  metricsToken: string | null;
  /** The endpoints of the system before Pulse are served. */
  isCompatible: boolean;
  /** GraphQL is served. */
  hasGraphql: boolean;
  /** Where spans are told of; null: nowhere. */
  tracing: TracingSettings | null;
  /** A file with headers for the collector; null: none. */
  otlpHeadersFile: string | null;
  /** How lines for the operator are written. */
  logFormat: "text" | "json";
  /** Room on the disk that is kept for when it is full, bytes; 0: none. */
  diskReserveBytes: number;
  /** A URL that makes the first person is made at a start. */
  hasSetUpUrl: boolean;
  /** Take a database that is older than it was; from the command line, never from the environment. */
  acceptRollback: boolean;
}

const origin = z.url({ protocol: /^https?$/ }).transform((text, context) => {
  const url = new URL(text);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    context.addIssue({
      code: "custom",
      message: `must be an origin such as https://pulse.example.test, got ${JSON.stringify(text)}`,
    });
    return z.NEVER;
  }
  return url.origin;
});

const shape = z.object({
  PULSE_HOST: z.string().min(1).default("127.0.0.1"),
  PULSE_PORT: z.coerce.number().int().min(0).max(65_535).default(8787),
  PULSE_DATA_DIR: z.string().min(1).default("./pulse-data"),
  PULSE_PUBLIC_URL: origin.optional(),
  PULSE_FUNCTIONS_URL: origin.optional(),
  PULSE_ADMIN_KEY: z
    .string()
    .regex(/^pk_[A-Za-z0-9_-]{20,200}$/, "must be pk_ followed by 20 to 200 letters, digits, - or _")
    .optional(),
  PULSE_MASTER_KEY: z.string().min(1).optional(),
  PULSE_MASTER_KEY_FILE: z.string().min(1).optional(),
  PULSE_DATABASE_URL: z
    .string()
    .regex(/^(libsql|https?):\/\/[^/]/, "must be the libsql://, https:// or http:// URL of a libSQL database")
    .optional(),
  PULSE_DATABASE_TOKEN: z.string().min(1).optional(),
  PULSE_HUB_URL: origin.optional(),
  PULSE_CALLBACK_HOSTS: callbackHosts.default([]),
  PULSE_OUTBOUND_HOSTS: outboundHosts.default([]),
  PULSE_GROUP_ROLES: groupRoles.default([]),
  PULSE_BREACH_CHECK_URL: z.url({ protocol: /^https?$/ }).optional(),
  PULSE_TRUSTED_PROXIES: addressRanges.default([]),
  PULSE_PROXY_SECRET: z.string().min(16, "must have at least 16 characters").optional(),
  ...oidcFields,
  ...stripeFields,
  ...smtpFields,
  ...limitFields,
  ...metricsFields,
  ...compatFields,
  ...graphqlFields,
  ...tracingFields,
  PULSE_OTLP_HEADERS_FILE: z.string().min(1).optional(),
  PULSE_LOG: z.enum(["text", "json"]).default("text"),
  PULSE_SETUP_URL: z.enum(["on", "off"]).default("on"),
  PULSE_DISK_RESERVE_MB: z.coerce.number().int().min(0).max(100_000).default(64),
});

/** Reads the environment, and the flags of this start. Throws one `validation_failed` problem that lists every bad value; secret values are not shown. */
export function readGatewayConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: readonly string[] = [],
): GatewayConfig {
  const given = Object.fromEntries(
    Object.keys(shape.shape).flatMap((name) =>
      env[name] === undefined || env[name] === "" ? [] : [[name, env[name]]],
    ),
  );
  const result = shape.safeParse(given);
  if (!result.success) {
    throw badSettings(
      result.error.issues.map((issue) => ({ pointer: String(issue.path[0]), detail: issue.message })),
    );
  }
  const { data } = result;
  const stripe = stripeSettings(data);
  const oidc = oidcSettings(data);
  const smtp = smtpSettings(data);
  const missing = [
    ...stripe.missing.map((pointer) => ({ pointer, detail: "is needed with PULSE_STRIPE_KEY" })),
    ...oidc.missing.map((pointer) => ({ pointer, detail: "is needed with the other PULSE_OIDC_ settings" })),
    ...smtp.missing.map((pointer) => ({ pointer, detail: "is needed with PULSE_SMTP_URL" })),
    ...proxyFaults(data.PULSE_PROXY_SECRET, data.PULSE_TRUSTED_PROXIES),
  ];
  if (missing.length > 0) throw badSettings(missing);
  return {
    host: data.PULSE_HOST,
    port: data.PULSE_PORT,
    dataDir: data.PULSE_DATA_DIR,
    publicUrl: data.PULSE_PUBLIC_URL ?? null,
    functionsUrl: data.PULSE_FUNCTIONS_URL ?? null,
    adminKey: data.PULSE_ADMIN_KEY ?? null,
    masterKey: data.PULSE_MASTER_KEY ?? null,
    masterKeyFile: data.PULSE_MASTER_KEY_FILE ?? null,
    databaseUrl: data.PULSE_DATABASE_URL ?? null,
    databaseToken: data.PULSE_DATABASE_TOKEN ?? null,
    hubUrl: data.PULSE_HUB_URL ?? null,
    callbackHosts: data.PULSE_CALLBACK_HOSTS,
    outboundHosts: data.PULSE_OUTBOUND_HOSTS,
    groupRoles: data.PULSE_GROUP_ROLES,
    breachCheckUrl: data.PULSE_BREACH_CHECK_URL ?? null,
    proxySecret: data.PULSE_PROXY_SECRET ?? null,
    oidc: oidc.settings,
    smtp: smtp.settings,
    stripe: stripe.settings,
    trustedProxies: data.PULSE_TRUSTED_PROXIES,
    limits: limitSettings(data),
    metricsToken: data.PULSE_METRICS_TOKEN ?? null,
    isCompatible: data.PULSE_COMPAT === "on",
    hasGraphql: data.PULSE_GRAPHQL === "on",
    tracing: tracingSettings(data),
    otlpHeadersFile: data.PULSE_OTLP_HEADERS_FILE ?? null,
    logFormat: data.PULSE_LOG,
    diskReserveBytes: data.PULSE_DISK_RESERVE_MB * 2 ** 20,
    hasSetUpUrl: data.PULSE_SETUP_URL === "on",
    acceptRollback: flags.includes("--accept-rollback"),
  };
}

function badSettings(errors: FieldProblem[]): ProblemError {
  const detail = errors.map((one) => `${one.pointer}: ${one.detail}`).join("; ");
  return new ProblemError("validation_failed", detail, { errors });
}

/** Whoever may be the proxy may be anybody: the range of all addresses is none. */
function proxyFaults(secret: string | undefined, proxies: readonly AddressRange[]): FieldProblem[] {
  if (secret === undefined) return [];
  const pointer = "PULSE_TRUSTED_PROXIES";
  if (proxies.length === 0) return [{ pointer, detail: "is needed with PULSE_PROXY_SECRET" }];
  const isAnybody = proxies.some(({ bits }) => bits === 0);
  return isAnybody ? [{ pointer, detail: "must not be every address when a proxy says who people are" }] : [];
}
