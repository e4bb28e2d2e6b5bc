import * as wire from "@pulse/schema/wire/prompts";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { mountAnswerPage } from "./answer-page/routes.ts";
import { type FoundPrompt, listPrompts } from "./runs/prompt-list.ts";
import { promptViewOf } from "./runs/prompts-store.ts";

/** Mounts the list of prompts and the page to answer one. */
export function mountPrompts(app: PulseApp, deps: Deps): void {
  const { ports, config } = deps;
  bind(app, deps, wire.listPrompts, async ({ principal, query, request }) => {
    const { limit, cursor = null, ...filter } = query;
    if (cursor !== null && !/^prm_[0-9a-z]{1,40}$/.test(cursor)) throw badCursor();
    const rows = await listPrompts(ports.database, principal, filter, cursor, limit + 1);
    const viewOf = ({ row, workflow }: FoundPrompt) => ({
      ...promptViewOf(row, config.publicUrl),
      ...{ execution: row.executionId, workflow },
    });
    return pageReply(
      request,
      pageOf(rows, limit, viewOf, ({ row }) => row.id),
    );
  });
  mountAnswerPage(app, deps);
}
