import type { RunView } from "@pulse/schema/wire/workflow-runs";
import { useQuery } from "@tanstack/solid-query";
import { createMemo, For, type JSX } from "solid-js";
import { Loaded } from "../ui/loaded.tsx";
import type { Tone } from "../ui/status-badge.tsx";
import { t } from "../words/words.ts";
import { Edges, ListFrame, StepBox } from "./builder/graph-parts.tsx";
import { type GraphStep, layOut } from "./model/graph-layout.ts";
import { outlineOf } from "./model/outline.ts";
import type { Json } from "./model/read-text.ts";
import { revisionQuery } from "./queries.ts";
import { statesById } from "./run-states.ts";
import { faceOf } from "./step-status.tsx";

const margin = 12;
const looks: Readonly<Record<Tone, { frame: string; text: string }>> = {
  ok: { frame: "stroke-ok", text: "fill-ok" },
  bad: { frame: "stroke-bad", text: "fill-bad" },
  warn: { frame: "stroke-warn", text: "fill-warn" },
  busy: { frame: "stroke-busy", text: "fill-busy" },
  still: { frame: "stroke-edge", text: "fill-muted" },
};

/** A run as the drawing of its revision, each step with the state that it is in. */
export function RunGraph(props: { run: RunView }): JSX.Element {
  const revision = useQuery(() => revisionQuery(props.run.workflow, props.run.revision));
  return (
    <Loaded query={revision}>{(read) => <Drawing run={props.run} definition={read().definition} />}</Loaded>
  );
}

function Drawing(props: { run: RunView; definition: Json }): JSX.Element {
  const graph = createMemo(() => layOut(outlineOf(props.definition)));
  const states = createMemo(() => statesById(props.run.steps));
  const width = () => graph().width + 2 * margin;
  const height = () => graph().height + 2 * margin;
  const stateOf = ({ step }: GraphStep) => {
    const [first, ...more] = states().get(step.id) ?? [];
    if (first === undefined) return { words: t("builder.not_begun"), ...looks.still };
    const word = (status: string) => t(faceOf(status)[2]);
    const all = [first, ...more].map(({ status, count }) =>
      t("builder.several", { count, status: word(status) }),
    );
    const words = more.length === 0 && first.count === 1 ? word(first.status) : all.join(", ");
    return { words, ...looks[faceOf(first.status)[0]] };
  };
  return (
    <section
      aria-label={t("builder.run_graph")}
      tabindex="0"
      class="max-h-[75dvh] overflow-auto rounded-b-lg bg-sunken"
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no fields. */}
      <svg
        role="group"
        aria-label={t("builder.run_graph")}
        class="mx-auto block"
        width={width()}
        height={height()}
        viewBox={`${-margin} ${-margin} ${width()} ${height()}`}
      >
        <For each={graph().boxes}>
          {(one) => ("list" in one ? <ListFrame frame={one} /> : <StepBox box={one} state={stateOf(one)} />)}
        </For>
        <Edges edges={graph().edges} />
      </svg>
    </section>
  );
}
