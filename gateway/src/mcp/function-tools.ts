import { type ExposedFunction, exposedFunctions } from "../functions/exposed.ts";
import type { Deps, Principal } from "../http/context.ts";
import { mayDo } from "../http/require-may.ts";
import type { OwnRequest } from "./api-request.ts";
import type { Tool } from "./api-tools.ts";
import { badArgument } from "./bad-argument.ts";

const prefix = "call_";
/** Characters of a schema: a page of tools is read by a model. */
const schemaMost = 32_768;
/** Seconds that a call is waited for; then the agent is told the execution's id. */
const waitSeconds = 45;

/** A function as a tool. */
export interface FunctionTool extends ExposedFunction {
  inputSchema: Readonly<Record<string, unknown>>;
}

/** The name of the function that a tool calls; null: it is none of a function. */
export function functionOf(tool: string): string | null {
  return tool.startsWith(prefix) ? tool.slice(prefix.length) : null;
}

/** The functions that somebody may call as tools, by name: the one of this name, or so many after another. */
export async function functionTools(
  deps: Deps,
  principal: Principal,
  which: { name: string } | { after: string; limit: number },
): Promise<{ tools: FunctionTool[]; looked: number; last: string }> {
  const { project } = principal;
  const found = await exposedFunctions(deps, project, which);
  const tools = found
    .filter(({ name, permissions }) => mayDo(principal, "invoke", { project, name, permissions }))
    .flatMap((one) => {
      const inputSchema = offeredSchema(one.schema);
      return inputSchema === null ? [] : [{ ...one, inputSchema }];
    });
  return { tools, looked: found.length, last: found.at(-1)?.name ?? "" };
}

/** A function's tool as clients see it. */
export function functionToolView({ name, mcp, inputSchema }: FunctionTool): Tool {
  return {
    name: `${prefix}${name}`,
    title: name,
    description: `Calls the function "${name}" of this project.${mcp.description === undefined ? "" : ` Its author says: ${mcp.description}`}`,
    inputSchema,
    annotations: {
      readOnlyHint: mcp.readOnly,
      destructiveHint: !mcp.readOnly,
      idempotentHint: mcp.readOnly,
      openWorldHint: true,
    },
  };
}

/** The call of a function with these arguments as its JSON body, by the way of every other call. */
export function functionRequest(
  { project }: Principal,
  { name, inputSchema }: FunctionTool,
  given: Readonly<Record<string, unknown>>,
): OwnRequest & { headers: Record<string, string> } {
  checkArguments(inputSchema, given);
  const target = project === "default" ? `/f/${name}` : `/f/${project}~${name}`;
  return { method: "POST", target, body: given, headers: { prefer: `wait=${waitSeconds}` } };
}

/**
 * A version's schema as the input of a tool; null where it is none: not of an object, too long, or with parts that stand elsewhere. Words that make clients put
 * arguments into headers are left out.
 */
function offeredSchema(schema: unknown): Record<string, unknown> | null {
  if (membersOf(schema).type !== "object" || Array.isArray(schema)) return null;
  let isWhole = true;
  const text = JSON.stringify(schema, (key, value) => {
    if ((key === "$ref" || key === "$dynamicRef") && typeof value === "string" && !value.startsWith("#"))
      isWhole = false;
    return key === "x-mcp-header" ? undefined : value;
  });
  return isWhole && text.length <= schemaMost ? JSON.parse(text) : null;
}

const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  null: (value) => value === null,
};

/** The names and kinds of the arguments; what is inside them is checked by the function, as in every call. */
function checkArguments(
  schema: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
): void {
  const properties = membersOf(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const lacking = required.find((name) => typeof name === "string" && !Object.hasOwn(given, name));
  if (lacking !== undefined) throw badArgument(String(lacking), "is missing");
  for (const [name, value] of Object.entries(given)) {
    const isKnown = Object.hasOwn(properties, name);
    if (!isKnown && schema.additionalProperties === false) throw badArgument(name, "is not taken");
    const wanted = [isKnown ? membersOf(properties[name]).type : undefined]
      .flat()
      .filter((one) => typeof one === "string");
    if (wanted.length > 0 && !wanted.some((one) => kinds[one]?.(value) ?? true))
      throw badArgument(name, `must be ${wanted.join(" or ")}`);
  }
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
