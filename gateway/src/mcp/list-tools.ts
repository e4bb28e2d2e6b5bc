import type { Deps, Principal } from "../http/context.ts";
import { mayDo } from "../http/require-may.ts";
import { apiTools, apiToolView, type Tool } from "./api-tools.ts";
import { functionTools, functionToolView } from "./function-tools.ts";
import { RpcError } from "./json-rpc.ts";

const pageMost = 50;

/** A page of the tools that somebody may use: those of the API by name, then the functions by name. Throws `invalidParams` for a cursor that is none. */
export async function listTools(
  deps: Deps,
  principal: Principal,
  cursor: unknown,
): Promise<{ tools: Tool[]; nextCursor?: string }> {
  const { isApi, after } = readCursor(cursor);
  const { project } = principal;
  const tools: Tool[] = [];
  if (isApi) {
    const may = [...apiTools.values()].filter(
      ({ name, endpoint }) => name > after && mayDo(principal, endpoint.scope, { project }),
    );
    tools.push(...may.slice(0, pageMost).map(apiToolView));
    if (may.length >= pageMost) return { tools, nextCursor: `api:${tools.at(-1)?.name ?? ""}` };
  }
  const limit = pageMost - tools.length;
  const found = await functionTools(deps, principal, { after: isApi ? "" : after, limit });
  tools.push(...found.tools.map(functionToolView));
  return found.looked < limit ? { tools } : { tools, nextCursor: `function:${found.last}` };
}

function readCursor(cursor: unknown): { isApi: boolean; after: string } {
  if (cursor === undefined) return { isApi: true, after: "" };
  const [, kind, after] = /^(api|function):([a-z0-9_-]{0,200})$/.exec(String(cursor)) ?? [];
  if (kind === undefined || after === undefined)
    throw new RpcError("invalidParams", "the cursor is not one of this list", { status: 200 });
  return { isApi: kind === "api", after };
}
