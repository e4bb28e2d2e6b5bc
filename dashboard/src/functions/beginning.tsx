import type { FunctionView } from "@pulse/schema/wire/functions";
import { useMutation } from "@tanstack/solid-query";
import { type JSX, Match, onCleanup, onMount, Switch } from "solid-js";
import { Waiting } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { type Beginning, readBeginning } from "./draft-store.ts";
import { benchLeft, benchSettled, leaveBench, openBench, type Workbench } from "./workbench.ts";

/**
 * Opens the workbench of a function for what is inside, and leaves it in the end. Where the code begins is read once: it is no query, for those are
 * read again by themselves, and nobody's code is changed while it is under their hands.
 */
export function WithBench(props: {
  name: string;
  /** Null: the function is only a draft so far. */
  view: FunctionView | null;
  children: (bench: Workbench, begun: Beginning) => JSX.Element;
}): JSX.Element {
  const stopper = new AbortController();
  const read = useMutation(() => ({
    mutationFn: async () => {
      await benchSettled(props.name);
      return readBeginning(props.name, props.view, stopper.signal);
    },
  }));
  onMount(() => read.mutate());
  onCleanup(() => stopper.abort());
  return (
    <Switch fallback={<Waiting />}>
      <Match when={read.isError && read.error}>
        {(error) => <ProblemNotice error={error()} onRetry={() => read.mutate()} />}
      </Match>
      <Match when={read.data} keyed>
        {(begun) => (
          <Opened name={props.name} begun={begun}>
            {props.children}
          </Opened>
        )}
      </Match>
    </Switch>
  );
}

function Opened(props: {
  name: string;
  begun: Beginning;
  children: (bench: Workbench, begun: Beginning) => JSX.Element;
}): JSX.Element {
  const bench = benchLeft(props.name) ?? openBench(props.name, props.begun);
  // What could not be written when it was left is tried again.
  if (bench.keeper.unwritten !== null) void bench.keeper.flush();
  onCleanup(() => leaveBench(bench));
  return <>{props.children(bench, props.begun)}</>;
}
