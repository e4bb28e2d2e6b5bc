import { type ChainReport, checkChain } from "@pulse/schema/audit-chain";
import type { Input } from "@pulse/schema/endpoint";
import {
  changeAuditSettings,
  exportAudit,
  getAuditHead,
  getAuditSettings,
  listAudit,
} from "@pulse/schema/wire/audit";
import { getPlan } from "@pulse/schema/wire/plans";
import { changeRetention, getRetention, previewRetention } from "@pulse/schema/wire/retention";
import { getUsage } from "@pulse/schema/wire/usage";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { follow } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";

const within = () => AbortSignal.timeout(30_000);
const rows = 50;
/** What is stored grows without an event. What is under `sums` is read again soon after anything has changed. */
const usageEveryMs = 60_000;

export type UsageBy = "day" | "function" | "key";
export type RetentionWish = Input<(typeof changeRetention)["body"]>;
export type PreviewWish = Input<(typeof previewRetention)["query"]>;
export type AuditFilter = Input<(typeof listAudit)["query"]>;

/** The project's plan with its quotas, as the home page has it. */
export const planQuery = () =>
  queryOptions({
    queryKey: ["sums", "plan"],
    queryFn: ({ signal }) => api.call(getPlan, { signal }),
    refetchInterval: usageEveryMs,
  });

/** What was used since a time (absent: this month), by day, function or key. */
export const usageQuery = (by: UsageBy, since: string | undefined) =>
  queryOptions({
    queryKey: ["sums", "usage", by, since ?? null],
    queryFn: ({ signal }) =>
      api.call(getUsage, { query: { by, ...(since === undefined ? {} : { since }) }, signal }),
    refetchInterval: usageEveryMs,
  });

/** How long the project keeps things. */
export const retentionQuery = () =>
  queryOptions({ queryKey: ["retention"], queryFn: ({ signal }) => api.call(getRetention, { signal }) });

/** What would go now, if the project kept things so long. */
export const previewQuery = (query: PreviewWish) =>
  queryOptions({
    queryKey: ["retention", "preview", query],
    queryFn: ({ signal }) => api.call(previewRetention, { query, signal }),
  });

/** Changes how long things are kept. */
export async function setRetention(body: RetentionWish): Promise<void> {
  await api.call(changeRetention, { body, signal: within() });
  await queryClient.invalidateQueries({ queryKey: ["retention"] });
}

/** How long the audit is kept. */
export const auditKeptQuery = () =>
  queryOptions({
    queryKey: ["audit", "kept"],
    queryFn: ({ signal }) => api.call(getAuditSettings, { signal }),
  });

/** Changes how long the audit is kept. */
export async function setAuditKept(kept: string): Promise<void> {
  await api.call(changeAuditSettings, { body: { kept }, signal: within() });
  await queryClient.invalidateQueries({ queryKey: ["audit"] });
}

/** A page of the audit, newest first. */
export const auditQuery = (filter: AuditFilter) =>
  queryOptions({
    queryKey: ["audit", "list", filter],
    queryFn: ({ signal }) => api.call(listAudit, { query: { ...filter, limit: rows }, signal }),
    ...follow("audit"),
  });

/** The last entry of the chain. */
export const auditHeadQuery = () =>
  queryOptions({
    queryKey: ["audit", "head"],
    queryFn: ({ signal }) => api.call(getAuditHead, { signal }),
    ...follow("audit"),
  });

/** Checks every entry of the chain in this browser, so that nobody has to take the gateway's word for it. */
export const chainQuery = () =>
  queryOptions({
    queryKey: ["audit", "chain"],
    queryFn: async ({ signal }): Promise<ChainReport> => {
      const response = await api.open(exportAudit, { signal });
      return checkChain(linesOf(response.body ?? new ReadableStream<Uint8Array>()));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
