import { randomFillSync } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { ProblemError } from "@pulse/schema/problem";
import { createEndCounts } from "../../observe/end-counts.ts";
import type { OutboundPolicy } from "../../outbound/check-url.ts";
import type { Blobs, Database, Log, MasterKeys, Ports } from "../../ports.ts";
import { stacksOf } from "../stacks-of.ts";
import { nodeOutbound } from "./outbound.ts";
import { processFacts } from "./process-facts.ts";
import { boundedScrypt } from "./scrypt.ts";

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);
const poolBytes = 8192;

/** Random bytes from a pool that is filled 8 KiB at a time: many small calls to the kernel cost 20 µs each. */
export function randomPool(): (bytes: number) => Uint8Array {
  let pool = new Uint8Array(0);
  let at = 0;
  return (bytes) => {
    if (at + bytes > pool.length) {
      pool = randomFillSync(new Uint8Array(Math.max(poolBytes, bytes)));
      at = 0;
    }
    at += bytes;
    return pool.slice(at - bytes, at);
  };
}

/** Lines for the operator on stderr: to be read, or as JSON objects, one a line. Texts of causes stay here. */
export function stderrLog(write: (line: string) => void, format: "text" | "json" = "text"): Log {
  return format === "json" ? jsonLog(write) : textLog(write);
}

function jsonLog(write: (line: string) => void): Log {
  const line = (level: string, message: string, fields?: object) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
  return {
    info: (message, fields) => line("info", message, fields),
    warn: (message, fields) => line("warn", message, fields),
    error: (message, cause, fields) => line("error", message, { ...fields, cause: stacksOf(cause) }),
  };
}

function textLog(write: (line: string) => void): Log {
  const line = (level: string, message: string, fields?: object) =>
    write(
      `${new Date().toISOString()} ${level} ${message}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}\n`,
    );
  return {
    info: (message, fields) => line("info", message, fields),
    warn: (message, fields) => line("warn", message, fields),
    error(message, cause, fields) {
      line("error", message, fields);
      write(`${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`);
      if (cause instanceof ProblemError && cause.cause !== undefined)
        write(`caused by ${String(cause.cause)}\n`);
    },
  };
}

/** The ports of a Node gateway. */
export function nodePorts(options: {
  database: Database;
  blobs: Blobs;
  log: Log;
  masterKeys: MasterKeys;
  outbound: OutboundPolicy;
  random: (bytes: number) => Uint8Array;
  disk?: () => "ok" | "low" | "spent";
}): Ports {
  const { log } = options;
  return {
    now: Date.now,
    random: options.random,
    timer(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    soon: (callback) => void setImmediate(callback),
    background: (work) => void work.catch((error: unknown) => log.error("background work failed", error)),
    scrypt: boundedScrypt(),
    gzip: (bytes) => gzipAsync(bytes),
    gunzip: (bytes, mostBytes) => gunzipAsync(bytes, { maxOutputLength: mostBytes }),
    database: options.database,
    blobs: options.blobs,
    log,
    masterKeys: options.masterKeys,
    outbound: nodeOutbound(options.outbound),
    process: processFacts(),
    ended: createEndCounts(),
    ...(options.disk === undefined ? {} : { disk: options.disk }),
  };
}
