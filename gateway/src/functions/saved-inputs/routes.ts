import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/saved-inputs";
import { bind } from "../../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../../http/context.ts";
import { createDraftStore } from "../drafts/store.ts";
import { createFunctionStore } from "../store.ts";
import { withoutCredentials } from "./credentials.ts";
import { createSavedInputStore, type Keeper, type SavedInputRow } from "./store.ts";

/** Mounts saved inputs: each person sees and keeps their own. */
export function mountSavedInputs(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createSavedInputStore(ports.database);
  /** Throws `not_found` for what is neither a function nor a draft. */
  const keeperOf = async ({ project, userId, id }: Principal, name: string): Promise<Keeper> => {
    const { database } = ports;
    const isKnown =
      (await createFunctionStore(database).byName(project, name)) !== null ||
      (await createDraftStore(database).byName(project, name)) !== null;
    if (!isKnown) throw new ProblemError("not_found", `there is no function "${name}"`);
    return { project, functionName: name, ownerId: userId ?? id };
  };

  bind(app, deps, wire.listSavedInputs, async ({ principal, params }) => {
    const rows = await store.list(await keeperOf(principal, params.name), wire.savedMost);
    return { headers: { "cache-control": "no-store" }, body: { items: rows.map(viewOf), nextCursor: null } };
  });
  bind(app, deps, wire.putSavedInput, async ({ principal, params, body }) => {
    const keeper = await keeperOf(principal, params.name);
    const call = { ...body, headers: withoutCredentials(body.headers) };
    const row = { ...keeper, name: params.input, updatedAt: ports.now(), call };
    if (await store.replace(row)) return { status: 200, body: viewOf(row) };
    if (await store.add(row, wire.savedMost)) return { status: 201, body: viewOf(row) };
    throw new ProblemError(
      "conflict",
      `of "${params.name}" you keep ${wire.savedMost} inputs already, which is as many as may be kept`,
      { hint: "Forget one of them, or write over it under its name." },
    );
  });
  bind(app, deps, wire.deleteSavedInput, async ({ principal, params }) => {
    if (!(await store.remove(await keeperOf(principal, params.name), params.input))) {
      throw new ProblemError("not_found", `of "${params.name}" you keep no input "${params.input}"`);
    }
    return { status: 204 };
  });
}

function viewOf({ name, call, updatedAt }: SavedInputRow) {
  return { name, call, updatedAt: new Date(updatedAt).toISOString() };
}
