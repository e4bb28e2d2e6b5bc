import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import { buildDraft, type DraftBuildView, type DraftRunBody, runDraft } from "@pulse/schema/wire/drafts";
import { useQuery } from "@tanstack/solid-query";
import { type Accessor, createSignal, onCleanup } from "solid-js";
import { cancel, executionQuery } from "../executions/queries.ts";
import { api } from "../session/client.ts";
import { noteError, queryClient } from "../session/query-client.ts";
import type { Workbench } from "./workbench.ts";

/** How far a run of the draft is. `called`: the call is on its way, its execution tells the rest. `stopped`: it never got that far. */
export type RunPhase = "idle" | "saving" | "building" | "calling" | "called" | "stopped";

/** What the test panel shows of the last run. */
export interface DraftRun {
  phase: Accessor<RunPhase>;
  build: Accessor<DraftBuildView | null>;
  /** The JSON Schema of the input by the last build that was ready; null: none was, or it says nothing. */
  schema: Accessor<DraftBuildView["schema"]>;
  /** The execution of the call. */
  execution: Accessor<string | null>;
  problem: Accessor<unknown>;
  /** Whether a run is on its way. */
  isBusy: Accessor<boolean>;
  /** Saves the draft, builds it and calls it; a run that is still on its way is left alone. */
  start(call: Partial<DraftRunBody>): Promise<void>;
  /** Stops what runs: the call, or else the build and the waiting for it. */
  stop(): Promise<void>;
}

const runMostMs = 900_000;
const buildWaitSeconds = 25;
/** A call that ends within this is shown at once; one that takes longer is followed. */
const firstWaitSeconds = 1;

/** Runs a draft again and again, one run at a time. Belongs to the component that makes it. */
export function createDraftRun(bench: Workbench): DraftRun {
  const [phase, setPhase] = createSignal<RunPhase>("idle");
  const [build, setBuild] = createSignal<DraftBuildView | null>(null);
  const [schema, setSchema] = createSignal<DraftBuildView["schema"]>(null);
  const [execution, setExecution] = createSignal<string | null>(null);
  const [problem, setProblem] = createSignal<unknown>(null);
  const called = useQuery(() => ({ ...executionQuery(execution() ?? ""), enabled: execution() !== null }));
  let stopper = new AbortController();
  onCleanup(() => stopper.abort());

  const go = async (call: Partial<DraftRunBody>, signal: AbortSignal) => {
    // Code that is only deployed so far becomes a draft with its first run.
    if (bench.keeper.revision === null) bench.keeper.edit(bench.body());
    if (!(await bench.keeper.flush())) throw bench.kept().error ?? new ProblemError("conflict", "");
    const given = {
      params: { name: bench.name },
      headers: { "if-match": `"${bench.keeper.revision}"` },
      signal,
    };
    setPhase("building");
    setBuild(await api.call(buildDraft, { ...given, query: {} }));
    // Asked again, it answers when it has ended; meanwhile its log is followed. No request is so long that a proxy would cut it.
    while (build()?.status === "building") {
      setBuild(await api.call(buildDraft, { ...given, query: { wait: buildWaitSeconds } }));
    }
    if (build()?.status === "failed") return setPhase("stopped");
    setSchema(build()?.schema ?? null);
    setPhase("calling");
    const run = await api.call(runDraft, { ...given, query: { wait: firstWaitSeconds }, body: call });
    queryClient.setQueryData(executionQuery(run.execution.id).queryKey, run.execution);
    setExecution(run.execution.id);
    setPhase("called");
  };
  const isBusy = () => {
    if (phase() === "saving" || phase() === "building" || phase() === "calling") return true;
    return phase() === "called" && called.isSuccess && !isTerminal(called.data.status);
  };
  return {
    phase,
    build,
    schema,
    execution,
    problem,
    isBusy,
    async start(call) {
      if (isBusy()) return;
      stopper = new AbortController();
      const signal = AbortSignal.any([stopper.signal, AbortSignal.timeout(runMostMs)]);
      setProblem(null);
      setBuild(null);
      setExecution(null);
      setPhase("saving");
      try {
        await go(call, signal);
      } catch (error) {
        noteError(error);
        if (!stopper.signal.aborted) setProblem(error);
        setPhase("stopped");
      }
    },
    async stop() {
      const id = execution() ?? (build()?.status === "building" ? build()?.execution : null);
      if (execution() === null) stopper.abort();
      if (typeof id === "string") await cancel(id);
    },
  };
}
