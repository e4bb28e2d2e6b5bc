import type { LiveSettings, McpSettings } from "@pulse/schema/wire/manifest";
import type { Deps } from "../http/context.ts";
import { createFunctionStore } from "./store.ts";

/** A function that agents are offered. */
export interface ExposedFunction {
  name: string;
  mcp: McpSettings;
  permissions: LiveSettings["permissions"];
  /** What its live version takes, as its code says it. */
  schema: unknown;
}

/** The functions of a project that agents are offered, by name: the one of this name, or so many after another. */
export async function exposedFunctions(
  { ports }: Pick<Deps, "ports">,
  project: string,
  which: { name: string } | { after: string; limit: number },
): Promise<ExposedFunction[]> {
  const rows = await createFunctionStore(ports.database).exposed(project, which);
  return rows.flatMap(({ name, settings, schema }) =>
    settings.mcp === null ? [] : [{ name, mcp: settings.mcp, permissions: settings.permissions, schema }],
  );
}
