import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/reports";
import { keptByDefault } from "@pulse/schema/wire/retention";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { languageOf } from "../http/language.ts";
import { encoded, streamOf } from "../http/text-stream.ts";
import { createReportStore } from "./store.ts";
import { csvOf, ndjsonOf, pageOf } from "./text.ts";

const monthMs = 30 * 86_400_000;
const forms = {
  csv: { type: "text/csv; charset=utf-8", write: csvOf },
  ndjson: { type: "application/x-ndjson", write: ndjsonOf },
  html: { type: "text/html; charset=utf-8", write: pageOf },
};

/** Mounts the reports: who ran what, who decided what, who may do what since when, what is kept. */
export function mountReports(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createReportStore(ports.database);

  /** Before which instant retention may have removed something; null: it has not. */
  async function completeSince(kind: wire.ReportKind, project: string): Promise<string | null> {
    if (kind === "access" || kind === "retention") {
      const oldest = await store.auditSince(project);
      return oldest === null ? null : new Date(oldest).toISOString();
    }
    const { keptMs, before } = await store.kept(project);
    // What was removed while less was kept does not come back when more is.
    const removed = before.map((one) => one.at - one.keptMs);
    return new Date(Math.max(ports.now() - (keptMs ?? keptByDefault.executionsMs), ...removed)).toISOString();
  }

  bind(app, deps, wire.listReports, async ({ principal }) => {
    const kinds = wire.reportKind.options;
    const items = await Promise.all(
      kinds.map(async (kind) => ({
        ...{ kind, columns: [...wire.reportColumns[kind]] },
        completeSince: await completeSince(kind, principal.project),
      })),
    );
    return { body: { items } };
  });

  bind(
    app,
    deps,
    wire.getReport,
    async ({ principal: { project }, params: { kind }, query, audit, request }) => {
      const until = query.until ?? new Date(ports.now()).toISOString();
      const since = query.since ?? new Date(Date.parse(until) - monthMs).toISOString();
      if (Date.parse(since) >= Date.parse(until)) {
        const detail = `since must be before until, got ${since} and ${until}`;
        throw new ProblemError("validation_failed", detail, {
          errors: [{ pointer: "/query/since", detail }],
        });
      }
      audit.note({ details: { since, until, format: query.format } });
      const complete = await completeSince(kind, project);
      const about = {
        ...{ kind, project, since, until, completeSince: complete },
        ...{ columns: wire.reportColumns[kind], madeAt: new Date(ports.now()).toISOString() },
        language: languageOf(request.headers.get("accept-language")),
      };
      const { type, write } = forms[query.format];
      const pages = store.pages(kind, project, { since: Date.parse(since), until: Date.parse(until) });
      const file = `pulse-${kind}-${since.slice(0, 10)}-${until.slice(0, 10)}.${query.format}`;
      const disposition = query.format === "html" ? "inline" : `attachment; filename="${file}"`;
      return new Response(streamOf(encoded(write(about, pages)), new AbortController()), {
        headers: {
          ...{ "content-type": type, "cache-control": "no-store", "content-disposition": disposition },
          ...(query.format === "html" && { vary: "accept-language" }),
          ...(complete !== null && { "pulse-complete-since": complete }),
        },
      });
    },
  );
}
