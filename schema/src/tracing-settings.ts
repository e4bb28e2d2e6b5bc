import * as z from "zod";

/** Where spans go and how many. */
export interface TracingSettings {
  /** The address that batches are posted to. */
  url: string;
  /** Headers of every batch, such as a token of the collector's. */
  headers: readonly (readonly [string, string])[];
  /** The share of traces that begin here and are told of; those of callers are, or are not, as they say. */
  ratio: number;
}

const headerShape = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\s*$/;

/** Reads headers as they are written for OpenTelemetry: `name=value`, separated by commas; values may be percent-encoded. Null: malformed. */
export function readOtlpHeaders(text: string): [string, string][] | null {
  const headers: [string, string][] = [];
  for (const part of text.split(/[,\n]/).filter((one) => one.trim() !== "")) {
    const [, name = "", value = ""] = headerShape.exec(part) ?? [];
    if (name === "") return null;
    try {
      headers.push([name.toLowerCase(), decodeURIComponent(value)]);
    } catch {
      return null;
    }
  }
  return headers.some(([, value]) => /[^\x20-\x7e]/.test(value)) ? null : headers;
}

/** The settings of traces in the environment. */
export const tracingFields = {
  PULSE_OTLP_ENDPOINT: z
    .string()
    .refine((text) => {
      const url = URL.parse(text);
      return (
        url !== null &&
        /^https?:$/.test(url.protocol) &&
        url.username + url.password + url.search + url.hash === ""
      );
    }, "must be the address of a collector such as http://collector.example.test:4318, without a user, a query or a fragment")
    .optional(),
  PULSE_OTLP_HEADERS: z
    .string()
    .transform((text, context) => {
      const headers = readOtlpHeaders(text);
      if (headers !== null) return headers;
      // It has a credential in it: it is not shown.
      context.addIssue({ code: "custom", message: "must be name=value pairs, separated by commas" });
      return z.NEVER;
    })
    .optional(),
  PULSE_TRACE_RATIO: z.coerce.number("must be a share from 0 to 1").min(0).max(1).default(1),
};

/** The settings of traces; null: nothing is told of any. */
export function tracingSettings(given: z.output<z.ZodObject<typeof tracingFields>>): TracingSettings | null {
  const { PULSE_OTLP_ENDPOINT: endpoint, PULSE_OTLP_HEADERS: headers = [], PULSE_TRACE_RATIO: ratio } = given;
  if (endpoint === undefined) return null;
  const base = endpoint.replace(/\/+$/, "");
  return { url: base.endsWith("/v1/traces") ? base : `${base}/v1/traces`, headers, ratio };
}
