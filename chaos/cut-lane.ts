import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isTerminal } from "@pulse/schema/status";
import { type AttemptView, getExecution } from "@pulse/schema/wire/executions";
import type { Cluster } from "./cluster.ts";
import type { Cut, Namespaces } from "./namespaces.ts";

/** A fault of one execution's runner: packets vanish, or the process is stopped. */
export type Fault = Cut | "frozen";

/** What came of an execution whose runner was cut off or frozen while its log streamed. */
export interface CutResult {
  fault: Fault;
  /** How long it was: as long as was asked for, and what the machine took besides. */
  ms: number;
  execution: string;
  status: string;
  attempts: number;
  /** Why each attempt but the last ended, and when. */
  losses: string[];
  /** Every line that the code of the last attempt printed is in the log, once and in order. */
  isLogWhole: boolean;
  /** An attempt printed after a later one had begun. */
  overlaps: boolean;
}

/** The function under test: prints lines for as long as it is told, each into a file outside of Pulse as well. */
export const printingSource = `import { appendFileSync } from "node:fs";
export const handler = async (event, ctx) => {
  const file = ctx.env.TEE + "/" + ctx.executionId + "." + ctx.attempt;
  // The first attempt outlasts the fault; one that follows need not.
  const end = Date.now() + (ctx.attempt === 1 ? event.ms : 3000);
  for (let i = 0; Date.now() < end; i++) {
    const line = i + " " + process.hrtime.bigint() + " " + "x".repeat(i % 200);
    appendFileSync(file, line + "\\n");
    console.log(line);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { done: true };
};
`;

const afterMs = 10_000;
const stuckMs = 150_000;

/** Runs one execution in a pool, has its runner cut off or frozen for `ms`, and compares what its code printed with what Pulse kept. */
export async function faultOne(
  cluster: Cluster,
  network: Namespaces,
  options: {
    function: string;
    tee: string;
    namespaces: ReadonlyMap<string, string>;
    fault: Fault;
    ms: number;
  },
): Promise<CutResult> {
  const { fault } = options;
  const execution = await submit(cluster, options.function, options.ms + afterMs);
  const runner = await holderOf(cluster, execution);
  await sleep(2000);
  const namespace = options.namespaces.get(runner);
  if (namespace === undefined) throw new Error(`runner ${runner} has no namespace`);
  const begun = performance.now();
  const begunAt = Date.now();
  if (fault === "frozen") process.kill(cluster.pidOf(runner), "SIGSTOP");
  else network.cut(namespace, fault);
  try {
    await sleep(options.ms);
  } finally {
    if (fault === "frozen") process.kill(cluster.pidOf(runner), "SIGCONT");
    else network.heal(namespace, fault);
  }
  const ms = Math.round(performance.now() - begun);
  const view = await ended(cluster, execution, ms + afterMs + stuckMs);
  const told = ({ runner: who, endedAt, reason, error }: AttemptView) =>
    `${who} ${reason} ${(Date.parse(endedAt ?? "") - begunAt) / 1000} s after the fault began: ${error?.message}`;
  const tees = Array.from({ length: view.attempt }, (_, i) => teeOf(options.tee, execution, i + 1));
  const last = tees.at(-1) ?? [];
  const kept = await keptLines(cluster, execution, view.attempt);
  return {
    fault,
    ms,
    execution,
    status: view.status,
    attempts: view.attempt,
    losses: view.attempts.slice(0, -1).map(told),
    isLogWhole: last.length > 0 && last.length === kept.length && last.every((line, i) => line === kept[i]),
    overlaps: tees.some((tee, i) => overlap(tee, tees[i + 1])),
  };
}

async function submit(cluster: Cluster, name: string, ms: number): Promise<string> {
  const response = await fetch(`${cluster.url}/f/${name}`, {
    method: "POST",
    headers: { authorization: `Bearer ${cluster.adminKey}`, prefer: "respond-async" },
    body: JSON.stringify({ ms }),
  });
  await response.arrayBuffer();
  const id = response.headers.get("pulse-execution-id");
  if (response.status !== 202 || id === null) throw new Error(`${name} answered ${response.status}`);
  return id;
}

/** Looks until there is an answer: on a busy machine it may come late. */
async function look(cluster: Cluster, id: string) {
  for (let tries = 1; ; tries++) {
    try {
      return await cluster.client.call(getExecution, { params: { id }, signal: AbortSignal.timeout(10_000) });
    } catch (error) {
      if (tries === 5 || !(error instanceof DOMException) || error.name !== "TimeoutError") throw error;
    }
  }
}

async function holderOf(cluster: Cluster, id: string): Promise<string> {
  for (let i = 0; i < 600; i++) {
    const { status, runner } = await look(cluster, id);
    if (status === "running" && runner !== null) return runner;
    await sleep(100);
  }
  throw new Error(`${id} does not begin`);
}

async function ended(cluster: Cluster, id: string, mostMs: number) {
  const end = performance.now() + mostMs;
  for (;;) {
    const view = await look(cluster, id);
    if (isTerminal(view.status) || performance.now() > end) return view;
    await sleep(500);
  }
}

function teeOf(folder: string, id: string, attempt: number): string[] {
  try {
    return readFileSync(join(folder, `${id}.${attempt}`), "utf8")
      .split("\n")
      .slice(0, -1);
  } catch {
    return [];
  }
}

async function keptLines(cluster: Cluster, id: string, attempt: number): Promise<string[]> {
  const response = await fetch(`${cluster.url}/v1/executions/${id}/logs`, {
    headers: { authorization: `Bearer ${cluster.adminKey}`, accept: "application/x-ndjson" },
  });
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  return lines
    .map((line) => JSON.parse(line) as { attempt?: number; stream: string; text: string })
    .filter((line) => (line.attempt ?? 1) === attempt && line.stream === "stdout")
    .map(({ text }) => text);
}

/** Whether something of an attempt was printed after the next one's first line. */
function overlap(attempt: readonly string[], next: readonly string[] | undefined): boolean {
  const at = (line: string | undefined) => BigInt(line?.split(" ")[1] ?? "0");
  const first = next?.[0];
  return first !== undefined && at(attempt.at(-1)) > at(first);
}
