import { contract } from "@pulse/schema/contract";
import type { Endpoint } from "@pulse/schema/endpoint";
import * as z from "zod";
import { whyWithheld } from "./withheld.ts";

/** A tool as clients see it. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: Readonly<Record<string, unknown>>;
  annotations: {
    readOnlyHint: boolean;
    destructiveHint: boolean;
    idempotentHint: boolean;
    openWorldHint: boolean;
  };
}

/** An endpoint that agents are offered. */
export interface ApiTool {
  name: string;
  endpoint: Endpoint;
  /** It changes nothing: a GET, or a POST that only looks. */
  isRead: boolean;
}

/** `runs.listExecutions` is the tool `list_executions`. */
function toolName(exported: string): string {
  const own = exported.slice(exported.indexOf(".") + 1);
  return own.replace(/[A-Z]/g, (one) => `_${one.toLowerCase()}`);
}

/** Every endpoint of the contract that agents are offered, by the name of its tool, in order of the names. */
export const apiTools: ReadonlyMap<string, ApiTool> = new Map(
  [...contract]
    .filter(([name, endpoint]) => whyWithheld(name, endpoint) === null)
    .map(([name, endpoint]): [string, ApiTool] => {
      const isRead = endpoint.method === "GET" || endpoint.scope === "read";
      return [toolName(name), { name: toolName(name), endpoint, isRead }];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);

const shown = new Map<string, Tool>();

/** A tool as clients see it; made once. */
export function apiToolView(tool: ApiTool): Tool {
  const known = shown.get(tool.name);
  if (known !== undefined) return known;
  const { endpoint, isRead, name } = tool;
  const { method, path, scope, summary } = endpoint;
  const view: Tool = {
    name,
    title: summary.slice(0, 120),
    description: `${summary}. ${method} ${path} of the Pulse API; needs the scope "${scope}".`,
    inputSchema: inputSchemaOf(endpoint),
    annotations: {
      readOnlyHint: isRead,
      destructiveHint: !isRead && (method === "DELETE" || method === "PUT" || scope === "execute"),
      idempotentHint: isRead || method === "PUT" || method === "DELETE",
      // What an execution does is anything.
      openWorldHint: scope === "execute",
    },
  };
  shown.set(name, view);
  return view;
}

/** What an endpoint takes as JSON: where it reads the body by itself, any object. Undefined: no body. */
export function jsonBodyOf({ body, rawBody }: Endpoint): z.ZodType | undefined {
  return body ?? (rawBody?.includes("application/json") === true ? z.looseObject({}) : undefined);
}

/** Path and query parameters by their names, and the JSON body as `body`. */
function inputSchemaOf(endpoint: Endpoint): Tool["inputSchema"] {
  const shape = { ...shapeOf(endpoint.params), ...shapeOf(endpoint.query) };
  const body = jsonBodyOf(endpoint);
  const mayLack = body?.safeParse({}).success === true;
  const whole = z.strictObject({
    ...shape,
    ...(body === undefined ? {} : { body: mayLack ? z.optional(body) : body }),
  });
  const { $schema: _, ...schema } = z.toJSONSchema(whole, { io: "input", unrepresentable: "any" });
  return schema;
}

/** The fields of an object's schema. */
export function shapeOf(schema: z.ZodType | undefined): Record<string, z.ZodType> {
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
}
