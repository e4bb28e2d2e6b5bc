import { endpoint } from "../endpoint.ts";

/** What a message to `/mcp` has at most, in bytes. */
export const mcpMessageMost = 10 * 2 ** 20;

/** The Model Context Protocol, stateless: one JSON-RPC message a request. The tools are the other endpoints. */
export const mcp = endpoint({
  method: "POST",
  path: "/mcp",
  tag: "mcp",
  summary: "The Model Context Protocol: what the key may do, as tools for agents",
  scope: "key",
  audit: { exempt: "each call of a tool is an entry of its own, under the name of what it does" },
  rawBody: ["application/json"],
  rawAnswer: ["application/json"],
  statuses: [200, 202],
});
