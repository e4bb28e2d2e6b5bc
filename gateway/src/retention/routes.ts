import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/retention";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { changed, longerThanExecutions } from "./due.ts";
import { previewRetention } from "./preview.ts";
import { createRetentionStore } from "./store.ts";

/** Mounts the settings of how long things are kept, and what they would delete. */
export function mountRetention(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createRetentionStore(ports.database);

  bind(app, deps, wire.getRetention, async ({ principal }) => {
    const row = await store.settings(principal.project);
    return { body: viewOf(row ?? wire.keptByDefault, row?.updatedAt ?? null) };
  });

  bind(app, deps, wire.changeRetention, async ({ principal, body, audit }) => {
    const { project } = principal;
    const before = await store.settings(project);
    const kept = changed(before ?? wire.keptByDefault, body);
    audit.note({ before: { ...changed(before ?? wire.keptByDefault, {}) }, after: { ...kept } });
    const errors = longerThanExecutions(kept).map((kind) => ({
      pointer: `/${kind}`,
      detail: `${kind} belong to their execution: they cannot be kept longer than executions are`,
    }));
    const [first] = errors;
    if (first !== undefined) throw new ProblemError("validation_failed", first.detail, { errors });
    const updatedAt = ports.now();
    await store.saveSettings({ project, ...kept, updatedAt });
    return { body: viewOf(kept, updatedAt) };
  });

  bind(app, deps, wire.previewRetention, async ({ principal, query, signal }) => {
    const { project } = principal;
    const { versions, ...durations } = query;
    const change = {
      ...durations,
      ...(versions === undefined ? {} : { versions: versions === "all" ? null : versions }),
    };
    const kept = changed((await store.settings(project)) ?? wire.keptByDefault, change);
    return { body: await previewRetention(ports, project, kept, signal) };
  });
}

function viewOf(kept: wire.Retention, updatedAt: number | null): wire.RetentionView {
  const { executionsMs, logsMs, payloadsMs, eventsMs, versions } = kept;
  return {
    executionsMs,
    logsMs,
    payloadsMs,
    eventsMs,
    versions,
    updatedAt: updatedAt === null ? null : new Date(updatedAt).toISOString(),
  };
}
