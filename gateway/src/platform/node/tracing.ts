import { readFileSync } from "node:fs";
import { ProblemError } from "@pulse/schema/problem";
import { readOtlpHeaders, type TracingSettings } from "@pulse/schema/tracing-settings";
import { pulseVersion } from "@pulse/schema/version";
import type { GatewayConfig } from "../../config.ts";
import type { Ports } from "../../ports.ts";
import { SpanExporter } from "../../tracing/exporter.ts";

const endMs = 2000;

/** Has a gateway tell of spans, where the configuration says so; returns what sends those that are left, within 2 s. Throws `validation_failed` for a file of headers that cannot be read. */
export function traceWith(
  { tracing, otlpHeadersFile }: Pick<GatewayConfig, "tracing" | "otlpHeadersFile">,
  ports: Ports,
): () => Promise<void> {
  if (tracing === null) return async () => undefined;
  const settings: TracingSettings =
    otlpHeadersFile === null
      ? tracing
      : { ...tracing, headers: [...tracing.headers, ...headersIn(otlpHeadersFile)] };
  const source = { version: pulseVersion, instance: ports.random(8).toHex() };
  const exporter = new SpanExporter(settings, ports, source);
  ports.tracing = exporter;
  return () => exporter.end(AbortSignal.timeout(endMs));
}

function headersIn(path: string): [string, string][] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "?";
    throw fault(`cannot be read (${why}): ${path}`, cause);
  }
  const headers = readOtlpHeaders(text);
  // What is in it is a credential: it is not shown.
  if (headers === null) throw fault(`must have name=value, one a line: ${path}`, null);
  return headers;
}

function fault(detail: string, cause: unknown): ProblemError {
  const pointer = "PULSE_OTLP_HEADERS_FILE";
  const options = { errors: [{ pointer, detail }], ...(cause === null ? {} : { cause }) };
  return new ProblemError("validation_failed", `${pointer}: ${detail}`, options);
}
