import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const sources = new URL("../", import.meta.url);

/** Who else sends requests, and why none of their URLs is a user's. */
const others: Record<string, string> = {
  "platform/node/outbound.ts": "it is how the guard's requests leave",
  "platform/workers/outbound.ts": "it is how the guard's requests leave",
  "platform/node/far-hub.ts": "other gateways over the same database, by the address they wrote themselves",
  "mcp/call-tool.ts": "this gateway's own app, within the process",
  "http/ask-itself.ts": "this gateway's own app, within the process",
  "http/on-behalf.ts": "this gateway's own app, within the process",
  "graphql/playground-script.ts": "a browser runs it",
  "platform/workers/database.ts": "the operator's database",
  "platform/workers/sender.ts": "an object of the same Worker",
  "platform/workers/assets.ts": "the Worker's own files",
  "auth/passwords/policy.ts": "the operator's PULSE_BREACH_CHECK_URL",
  "tracing/exporter.ts": "the operator's PULSE_OTLP_ENDPOINT",
  "billing/stripe.ts": "Stripe, or where the operator says it is",
};

/** What sends a request: the platform's fetch, and Node's modules that open connections. */
const sends =
  /(?<![.\w#])fetch\(|\.fetch\((?!request|new Request)|from "node:(?:https?|net|tls|http2|dgram)"|from "undici"/;
const serves =
  /import \{ (?:type )?(?:createServer|Server|isIP|BlockList|IncomingMessage|ServerResponse|Socket)/;

test("what leaves the gateway for a URL that a user gave leaves through safeFetch", () => {
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !/\.(test|suite)\.ts$/.test(file),
  );
  const senders = files.filter((file) => {
    const lines = readFileSync(new URL(file, sources), "utf8").split("\n");
    return lines.some(
      (line) =>
        sends.test(line) &&
        !serves.test(line) &&
        !/^\s*(\*|\/\/|import type|async fetch|fetch\(request: Request\): Promise<Response>;)/.test(line),
    );
  });
  expect(senders.filter((file) => others[file] === undefined)).toEqual([]);
});

test("nobody but safeFetch sends by the port", () => {
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !/\.(test|suite)\.ts$/.test(file),
  );
  const users = files.filter((file) => /outbound\.send\(/.test(readFileSync(new URL(file, sources), "utf8")));
  expect(users).toEqual(["outbound/safe-fetch.ts"]);
});
