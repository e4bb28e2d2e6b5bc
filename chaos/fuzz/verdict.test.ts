import { expect, test } from "vitest";
import type { FuzzRequest, Operation } from "./requests.ts";
import { defectOf, type Seen } from "./verdict.ts";

const listKeys: Operation = {
  id: "auth.listKeys",
  method: "GET",
  path: "/v1/keys",
  parameters: [],
  body: null,
  rawTypes: [],
  isRunners: false,
  isPage: false,
  statuses: new Set([200]),
};
const requestOf = (operation: Operation, target = operation.path): FuzzRequest => ({
  operation,
  method: operation.method,
  target,
  headers: {},
  body: null,
});
const call: Operation = { ...listKeys, id: "calls.call.post", method: "POST", path: "/f/{name}" };
const page: Operation = { ...listKeys, id: "prompts.page", path: "/answer/{prompt}", isPage: true };
const html = { "content-type": "text/html; charset=utf-8" };
const mcp: Operation = { ...listKeys, id: "mcp.mcp", method: "POST", path: "/mcp" };
const rpcError = (status: number): Seen => ({
  ...plain(status),
  headers: { "content-type": "application/json" },
  text: '{"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}}',
});
const problem = (status: number, code: string): Seen => ({
  status,
  headers: { "content-type": "application/problem+json" },
  text: JSON.stringify({ code }),
  headMs: 1,
});
const plain = (status: number): Seen => ({ status, headers: {}, text: "", headMs: 1 });

test.each<[string, FuzzRequest, Seen]>([
  ["an unexpected error", requestOf(listKeys), problem(500, "internal")],
  ["an unexpected error of a call", requestOf(call), problem(500, "internal")],
  ["a store that is not there", requestOf(listKeys), problem(503, "unavailable")],
  ["an answer that is late", requestOf(listKeys), { ...plain(200), headMs: 1001 }],
  ["no answer", requestOf(listKeys), { ...plain(0), headMs: null }],
  ["a connection that ends", requestOf(call), plain(0)],
  ["a status that is not documented", requestOf(listKeys), plain(201)],
  ["a refusal that is no problem document", requestOf(listKeys), plain(404)],
  ["a refusal in words for people", requestOf(listKeys), { ...plain(404), headers: html }],
  ["a page without a policy", requestOf(page), { ...plain(404), headers: html }],
  ["a page that fails", requestOf(page), { ...plain(500), headers: html }],
  ["an error of JSON-RPC elsewhere than at /mcp", requestOf(listKeys), rpcError(400)],
  ["a failure at /mcp", requestOf(mcp), rpcError(500)],
  ["a refusal at /mcp that is neither", requestOf(mcp), { ...rpcError(400), text: "{}" }],
  ["a problem without a code", requestOf(listKeys), { ...problem(400, "x"), text: "{}" }],
])("%s is a defect", (_, request, seen) => {
  expect(defectOf(request, seen)).not.toBeNull();
});

test.each<[string, FuzzRequest, Seen]>([
  ["what was asked for", requestOf(listKeys), plain(200)],
  [
    "a page that refuses",
    requestOf(page),
    { ...plain(404), headers: { ...html, "content-security-policy": "default-src 'none'" } },
  ],
  ["an error of JSON-RPC at /mcp", requestOf(mcp), rpcError(400)],
  ["a refusal", requestOf(listKeys), problem(422, "validation_failed")],
  ["a call that waits for a runner", requestOf(call), { ...plain(0), headMs: null }],
  ["a function that fails", requestOf(call), problem(500, "function_error")],
  [
    "what a function answers",
    requestOf(call),
    { ...plain(503), headers: { "pulse-error-source": "function" } },
  ],
])("%s is none", (_, request, seen) => {
  expect(defectOf(request, seen)).toBeNull();
});
