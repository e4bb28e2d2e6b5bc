import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/events";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { encoded, streamOf } from "../http/text-stream.ts";
import { followEvents, type Views } from "./follow.ts";

/** Mounts the stream of what changes; `views` are the features' own. */
export function mountEvents(app: PulseApp, deps: Deps, views: Views): void {
  bind(app, deps, wire.followEvents, async ({ principal, query, header, recheck, signal }) => {
    const after = readId(header("last-event-id")) ?? query.after ?? null;
    const gone = new AbortController();
    const followed = { by: principal, topics: query.topics, after, recheck };
    const events = followEvents(deps, views, followed, AbortSignal.any([signal, gone.signal]));
    return new Response(streamOf(encoded(events), gone), {
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-store, no-transform",
        ...Object.fromEntries(deps.config.streamHeaders ?? []),
      },
    });
  });
}

function readId(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ProblemError(
    "bad_request",
    `Last-Event-ID must be an id of this stream, got ${JSON.stringify(text)}`,
  );
}
