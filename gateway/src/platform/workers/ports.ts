import type { TracingSettings } from "@pulse/schema/tracing-settings";
import { pulseVersion } from "@pulse/schema/version";
import type { OutboundPolicy } from "../../outbound/check-url.ts";
import type { Blobs, Database, Log, MasterKeys, Ports } from "../../ports.ts";
import { SpanExporter } from "../../tracing/exporter.ts";
import { stacksOf } from "../stacks-of.ts";
import { workerOutbound } from "./outbound.ts";
import { boundedScrypt } from "./scrypt.ts";

/** Lines for the operator, where `wrangler tail` and the dashboard's log view find them: one JSON object each. */
export const consoleLog: Log = {
  info: (message, fields) => console.log(JSON.stringify({ level: "info", message, ...fields })),
  warn: (message, fields) => console.warn(JSON.stringify({ level: "warn", message, ...fields })),
  error(message, cause, fields) {
    console.error(JSON.stringify({ level: "error", message, ...fields, cause: stacksOf(cause) }));
  },
};

/** The ports of a Worker or a Durable Object. `keepAlive` lets a promise run on after the answer (`waitUntil`). */
export function workerPorts(options: {
  database: Database;
  blobs: Blobs;
  log: Log;
  masterKeys: MasterKeys;
  outbound: OutboundPolicy;
  keepAlive: (work: Promise<unknown>) => void;
  tracing?: TracingSettings | null;
}): Ports {
  const { log, tracing = null } = options;
  const ports: Ports = {
    now: Date.now,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    timer(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    soon: (callback) => void setTimeout(callback, 0),
    background(work) {
      options.keepAlive(work.catch((error: unknown) => log.error("background work failed", error)));
    },
    scrypt: boundedScrypt(),
    gzip: (bytes) => throughStream(bytes, new CompressionStream("gzip"), Number.POSITIVE_INFINITY),
    gunzip: (bytes, mostBytes) => throughStream(bytes, new DecompressionStream("gzip"), mostBytes),
    database: options.database,
    blobs: options.blobs,
    log,
    masterKeys: options.masterKeys,
    outbound: workerOutbound(options.outbound),
  };
  if (tracing !== null) {
    // Each isolate and each object sends its own.
    const source = { version: pulseVersion, instance: crypto.randomUUID() };
    ports.tracing = new SpanExporter(tracing, ports, source);
  }
  return ports;
}

async function throughStream(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  mostBytes: number,
): Promise<Uint8Array> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = source.pipeThrough(stream).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > mostBytes) {
      await reader.cancel();
      throw new RangeError(`unpacked, the content has more than ${mostBytes} bytes`);
    }
    chunks.push(part.value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
