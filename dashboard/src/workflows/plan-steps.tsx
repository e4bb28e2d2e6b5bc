import type { PlannedStepView, RunPlanView } from "@pulse/schema/wire/workflow-plan";
import { For, type JSX, Show } from "solid-js";
import { StatusBadge } from "../ui/status-badge.tsx";
import { t } from "../words/words.ts";

const faces = {
  yes: ["ok", "play", "builder.plan_yes"],
  no: ["still", "stop", "builder.plan_no"],
  depends: ["warn", "clock", "builder.plan_depends"],
} as const;

/** What a run would do now, step by step, as far as it is known. */
export function PlanSteps(props: { plan: RunPlanView }): JSX.Element {
  return (
    <section aria-label={t("builder.plan_steps")} class="grid grid-cols-[minmax(0,1fr)] gap-2">
      <h3 class="font-semibold">{t("builder.plan_steps")}</h3>
      <ol class="grid grid-cols-[minmax(0,1fr)] gap-2">
        <For each={props.plan.steps}>{(step) => <Planned step={step} />}</For>
      </ol>
      <Show when={props.plan.isCut}>
        <p class="text-muted">{t("builder.plan_cut")}</p>
      </Show>
    </section>
  );
}

const indents = ["", "ml-3", "ml-6", "ml-9"];

function Planned(props: { step: PlannedStepView }): JSX.Element {
  const face = () => faces[props.step.runs];
  const does = () => props.step.does;
  return (
    <li class={`min-w-0 border-l-2 border-line pl-3 ${indents[Math.min(props.step.depth, 3)]}`}>
      <p class="flex flex-wrap items-center gap-2">
        <span class="font-medium break-words">{props.step.name || props.step.id}</span>
        <StatusBadge tone={face()[0]} icon={face()[1]} word={face()[2]} />
      </p>
      <Show when={does()}>
        {(told) => (
          <code class="block text-xs break-all whitespace-pre-wrap text-muted">
            {told().value === undefined ? told().text : String(told().value)}
          </code>
        )}
      </Show>
      <Show when={does()?.problem ?? props.step.condition?.problem}>
        {(problem) => <p class="text-xs break-words text-bad">{problem()}</p>}
      </Show>
      <Show when={props.step.condition}>
        {(condition) => (
          <p class="text-xs break-words text-muted">{t("builder.when", { condition: condition().text })}</p>
        )}
      </Show>
      <Show when={props.step.targets}>{(targets) => <Targets targets={targets()} />}</Show>
    </li>
  );
}

function Targets(props: { targets: NonNullable<PlannedStepView["targets"]> }): JSX.Element {
  const named = (all: readonly { name: string }[]) => all.map(({ name }) => name).join(", ");
  const words = () => {
    const { runners, verdict } = props.targets;
    if (verdict === null) return t("builder.plan_unknown");
    return runners.length === 0
      ? t("builder.plan_no_runner")
      : t("builder.plan_runners", { runners: named(runners) });
  };
  return (
    <>
      <p class="text-xs break-words">
        {words()}
        <Show when={props.targets.leftOut.length > 0}>
          , {t("builder.plan_left_out", { runners: named(props.targets.leftOut) })}
        </Show>
      </p>
      <Show when={props.targets.reason}>
        {(reason) => <p class="text-xs break-words text-warn">{reason()}</p>}
      </Show>
    </>
  );
}
