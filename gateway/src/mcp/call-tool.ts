import type { Endpoint } from "@pulse/schema/endpoint";
import { ProblemError } from "@pulse/schema/problem";
import { mcp } from "@pulse/schema/wire/mcp";
import { witnessed } from "../audit/witness.ts";
import { sentByAgent } from "../http/by-agent.ts";
import { peerOf } from "../http/caller.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { apiRequest, type OwnRequest } from "./api-request.ts";
import { type ApiTool, apiTools } from "./api-tools.ts";
import { functionOf, functionRequest, functionTools } from "./function-tools.ts";
import { RpcError } from "./json-rpc.ts";
import { problemResult, resultOf, type ToolResult } from "./tool-result.ts";

/** Who calls a tool, and by which request. */
export interface ToolCall {
  principal: Principal;
  request: Request;
  requestId: string;
  address: string | null;
  /** What the client calls itself. */
  client: string;
}

/** What the audit has of calls that the API itself has no entry for. */
const read: Endpoint = { ...mcp, audit: { action: "mcp.read" } };
const call: Endpoint = { ...mcp, audit: { action: "mcp.call" } };

/**
 * Calls a tool as its caller: with the caller's own key it goes through the same route as any other request, so that nothing is allowed here that is
 * not allowed there. A problem is a result that says so; throws `invalidParams` for a tool that there is not.
 */
export async function callTool(
  deps: Deps,
  app: PulseApp,
  by: ToolCall,
  { name, arguments: given = {} }: Readonly<Record<string, unknown>>,
): Promise<ToolResult> {
  if (typeof name !== "string") throw new RpcError("invalidParams", "name must be a text", { status: 200 });
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new RpcError("invalidParams", "arguments must be an object", { status: 200 });
  const asked = given as Readonly<Record<string, unknown>>;
  try {
    const tool = apiTools.get(name);
    if (tool !== undefined) return await callApi(deps, app, by, tool, asked);
    return await callFunction(deps, app, by, name, asked);
  } catch (error) {
    if (error instanceof ProblemError && error.status < 500) return problemResult(error, by.requestId);
    throw error;
  }
}

async function callApi(
  deps: Deps,
  app: PulseApp,
  by: ToolCall,
  { name, endpoint, isRead }: ApiTool,
  given: Readonly<Record<string, unknown>>,
): Promise<ToolResult> {
  const own = apiRequest(endpoint, given);
  const accept = endpoint.answer === undefined ? "text/plain" : "application/json";
  const ask = async () => await send(deps, app, by, own, { accept });
  // What changes something is an entry of its endpoint, and says there that an agent asked.
  return await resultOf(isRead ? await audited(deps, read, by, name, ask) : await ask());
}

async function callFunction(
  deps: Deps,
  app: PulseApp,
  by: ToolCall,
  tool: string,
  given: Readonly<Record<string, unknown>>,
): Promise<ToolResult> {
  const name = functionOf(tool);
  const found = name === null ? null : await functionTools(deps, by.principal, { name });
  const [known] = found?.tools ?? [];
  if (known === undefined) {
    const text = `Unknown tool: ${tool.slice(0, 128)}`;
    throw new RpcError("invalidParams", text, { status: 200 });
  }
  const { headers, ...own } = functionRequest(by.principal, known, given);
  return await resultOf(await audited(deps, call, by, tool, () => send(deps, app, by, own, headers)));
}

/** The gateway's own answer to a request with the caller's credential, from the caller's address. */
async function send(
  deps: Deps,
  app: PulseApp,
  { request, requestId, client }: ToolCall,
  { method, target, body }: OwnRequest,
  more: Readonly<Record<string, string>>,
): Promise<Response> {
  const headers = new Headers({ ...more, "x-request-id": requestId });
  const kept = [
    "authorization",
    "pulse-project",
    "pulse-depth",
    "x-forwarded-for",
    deps.config.addresses?.header ?? null,
  ];
  for (const name of kept) {
    const value = name === null ? null : request.headers.get(name);
    if (name !== null && value !== null) headers.set(name, value);
  }
  if (body !== undefined) headers.set("content-type", "application/json");
  const url = new URL(target, request.url);
  // What was asked for is one route; nothing in an argument makes it another.
  if (url.pathname !== target.split("?", 1)[0])
    throw new ProblemError("bad_request", "an argument is no name");
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const own = new Request(url, { method, headers, signal: request.signal, ...text });
  return await app.fetch(sentByAgent(own, client), {
    incoming: { socket: { remoteAddress: peerOf(request) } },
  });
}

async function audited(
  deps: Deps,
  endpoint: Endpoint,
  { principal, requestId, address, client }: ToolCall,
  tool: string,
  ask: () => Promise<Response>,
): Promise<Response> {
  const arrival = { requestId, address, params: { tool }, agent: client };
  return await witnessed(deps, endpoint, arrival, async (audit) => {
    audit.knows(principal);
    await audit.begin(undefined);
    const response = await ask();
    audit.note({ details: { status: response.status } });
    await audit.done(null);
    return response;
  });
}
