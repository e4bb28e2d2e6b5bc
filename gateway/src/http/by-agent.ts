/** Requests that the gateway sends to itself for an agent, and what the agent calls itself. Nothing that comes from outside is one. */
const agents = new WeakMap<Request, string>();

/** Marks a request as one that an agent asked for over MCP, under the name it gave for itself. */
export function sentByAgent(request: Request, agent: string): Request {
  agents.set(request, agent);
  return request;
}

/** What the agent calls itself that asked for this over MCP; null: no agent did. */
export function agentOf(request: Request): string | null {
  return agents.get(request) ?? null;
}
