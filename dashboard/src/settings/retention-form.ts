import { formatDuration, parseDuration } from "@pulse/schema/duration-text";
import type { RetentionView } from "@pulse/schema/wire/retention";
import type { PreviewWish, RetentionWish } from "./keeping-queries.ts";

/** What of a project is kept for a time. */
export const keptKinds = ["executions", "logs", "payloads", "events"] as const;
export type KeptKind = (typeof keptKinds)[number];

/** What a person wrote: durations such as `30d`, and how many versions; empty: all. */
export type RetentionForm = Readonly<Record<KeptKind | "versions", string>>;

/** The form that says what is so now. */
export function formOf(view: RetentionView): RetentionForm {
  return {
    executions: formatDuration(view.executionsMs),
    logs: formatDuration(view.logsMs),
    payloads: formatDuration(view.payloadsMs),
    events: formatDuration(view.eventsMs),
    versions: view.versions === null ? "" : String(view.versions),
  };
}

/** What of the form is another than what is so now. */
export function changeOf(form: RetentionForm, view: RetentionView): RetentionWish {
  const wish: RetentionWish = {};
  for (const kind of keptKinds) {
    // What is no duration is asked for too: the gateway says what is wrong with it.
    if (parseDuration(form[kind]) !== view[`${kind}Ms`]) wish[kind] = form[kind];
  }
  const versions = form.versions === "" ? null : Number(form.versions);
  if (versions !== view.versions) wish.versions = versions;
  return wish;
}

/** What a preview is asked for to see the effect of a change. */
export function previewOf({ events: _, versions, ...kept }: RetentionWish): PreviewWish {
  return versions === undefined ? kept : { ...kept, versions: versions === null ? "all" : versions };
}
