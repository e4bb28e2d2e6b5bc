import type { StepType } from "@pulse/schema/workflow/step-kinds";
import { createSignal, Index, type JSX, Show } from "solid-js";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { t } from "../../words/words.ts";
import type { OutlineList, OutlineStep } from "../model/outline.ts";
import type { Path } from "../model/read-text.ts";
import { newStep } from "../model/step-fields.ts";
import { AddStepDialog } from "./add-step-dialog.tsx";
import type { Builder } from "./create-builder.ts";
import { listWords } from "./list-words.ts";
import { StepForm } from "./step-form.tsx";
import { ActionIcon, StepTypeBadge, typeWords } from "./step-icon.tsx";

/** What the lists inside a list share. */
interface Hands {
  builder: Builder;
  /** Gives the focus to what is marked so, once it is there. */
  focus: (what: string) => void;
  add: (list: Path, at: number) => void;
}

/** A definition as nested lists: every step can be added, changed, moved and taken away by keyboard alone. */
export function ListView(props: { builder: Builder }): JSX.Element {
  let root: HTMLDivElement | undefined;
  const [asked, setAsked] = createSignal<{ list: Path; at: number } | null>(null);
  const focus = (what: string) =>
    queueMicrotask(() => root?.querySelector<HTMLElement>(`[data-place="${CSS.escape(what)}"]`)?.focus());
  const hands: Hands = { builder: props.builder, focus, add: (list, at) => setAsked({ list, at }) };
  const choose = (type: StepType) => {
    const place = asked();
    setAsked(null);
    if (place === null) return;
    const step = newStep(type, typeWords(type));
    props.builder.select(props.builder.edit({ kind: "insert", ...place, step }));
    // After the dialog has given the focus back.
    setTimeout(() => {
      const [name] = root?.querySelectorAll<HTMLInputElement>("[data-form] input") ?? [];
      name?.focus();
      name?.select();
    });
  };
  return (
    <div ref={root} class="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Index each={props.builder.lists()}>{(list) => <StepsOf list={list()} hands={hands} isTop />}</Index>
      <Show when={asked()}>
        <AddStepDialog onChoose={choose} onClose={() => setAsked(null)} />
      </Show>
    </div>
  );
}

function StepsOf(props: { list: OutlineList; hands: Hands; isTop?: boolean }): JSX.Element {
  return (
    <section
      aria-label={listWords(props.list)}
      class={`grid grid-cols-[minmax(0,1fr)] gap-2 ${props.isTop === true ? "" : "border-l-2 border-line pl-3"}`}
    >
      <p class="text-xs font-medium break-words text-muted">{listWords(props.list)}</p>
      <ol class="grid grid-cols-[minmax(0,1fr)] gap-2 empty:hidden">
        <Index each={props.list.steps}>
          {(step, at) => (
            <Row
              step={step()}
              at={at}
              count={props.list.steps.length}
              list={props.list}
              hands={props.hands}
            />
          )}
        </Index>
      </ol>
      <Button
        class="justify-self-start"
        data-place={`add:${props.list.pointer}`}
        aria-label={t("builder.add_to", { list: listWords(props.list) })}
        onClick={() => props.hands.add(props.list.path, props.list.steps.length)}
      >
        <Icon name="plus" />
        {t("builder.add")}
      </Button>
    </section>
  );
}

function Row(props: {
  step: OutlineStep;
  at: number;
  count: number;
  list: OutlineList;
  hands: Hands;
}): JSX.Element {
  const { builder, focus } = props.hands;
  const name = () => props.step.name || props.step.id;
  const isOpen = () => builder.selected() === props.step.pointer;
  const findings = () => builder.findingsOf(props.step.pointer);
  const move = (by: -1 | 1) => {
    // A place counts in the list as it is: below the next one is two further.
    const at = props.at + (by === 1 ? 2 : -1);
    const pointer = builder.edit({ kind: "move", step: props.step.path, list: props.list.path, at });
    if (pointer === null) return;
    if (builder.selected() !== null) builder.select(null);
    const next = props.at + by;
    const isEnd = by === 1 ? next === props.count - 1 : next === 0;
    focus(`${isEnd ? (by === 1 ? "up" : "down") : by === 1 ? "down" : "up"}:${pointer}`);
  };
  const remove = () => {
    const { list, at, count } = props;
    builder.select(null);
    builder.edit({ kind: "remove", step: props.step.path });
    focus(count === 1 ? `add:${list.pointer}` : `edit:${list.pointer}/${Math.min(at, count - 2)}`);
  };
  const copy = () => {
    const pointer = builder.edit({ kind: "duplicate", step: props.step.path });
    if (pointer !== null) focus(`edit:${pointer}`);
  };
  return (
    <li class="grid grid-cols-[minmax(0,1fr)] gap-2">
      <div
        class={`flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border bg-surface px-3 py-2 ${isOpen() ? "border-accent" : "border-line"}`}
      >
        <div class="min-w-40 flex-1">
          <p class="flex flex-wrap items-center gap-x-2">
            <span class="font-medium break-words">{name()}</span>
            <StepTypeBadge type={props.step.type} />
            <Show when={findings().length > 0}>
              <span class="inline-flex items-center gap-1 text-xs text-warn">
                <Icon name="lost" />
                {t("builder.has_problems")}
              </span>
            </Show>
          </p>
          <StepWords step={props.step} />
        </div>
        <div class="flex flex-wrap items-center">
          <Act of={props.step} does="up" onDo={() => move(-1)} disabled={props.at === 0} />
          <Act of={props.step} does="down" onDo={() => move(1)} disabled={props.at === props.count - 1} />
          <Act of={props.step} does="copy" onDo={copy} />
          <Act of={props.step} does="remove" onDo={remove} />
          <Button
            data-place={`edit:${props.step.pointer}`}
            aria-expanded={isOpen()}
            aria-label={`${t("builder.edit")}: ${name()}`}
            onClick={() => builder.select(isOpen() ? null : props.step.pointer)}
          >
            {t("builder.edit")}
          </Button>
        </div>
      </div>
      <Show when={isOpen()}>
        <StepForm
          builder={builder}
          step={props.step}
          onClose={() => {
            builder.select(null);
            focus(`edit:${props.step.pointer}`);
          }}
        />
      </Show>
      <Show when={props.step.lists.length > 0}>
        <div class="ml-3 grid grid-cols-[minmax(0,1fr)] gap-3">
          <Index each={props.step.lists}>{(list) => <StepsOf list={list()} hands={props.hands} />}</Index>
        </div>
      </Show>
    </li>
  );
}

const acts = {
  up: "builder.up",
  down: "builder.down",
  copy: "builder.duplicate",
  remove: "builder.remove",
} as const;

/** A button that does something to a step. */
function Act(props: {
  of: OutlineStep;
  does: keyof typeof acts;
  onDo: () => void;
  disabled?: boolean;
}): JSX.Element {
  const label = () => t(acts[props.does]);
  return (
    <Button
      look="quiet"
      class="px-2!"
      data-place={`${props.does}:${props.of.pointer}`}
      aria-label={`${label()}: ${props.of.name || props.of.id}`}
      title={label()}
      disabled={props.disabled ?? false}
      onClick={() => props.onDo()}
    >
      <ActionIcon name={props.does} />
    </Button>
  );
}

/** What a step does, where and when, in the words of the definition. */
function StepWords(props: { step: OutlineStep }): JSX.Element {
  return (
    <>
      <Show when={props.step.does}>
        {(does) => (
          <code class="block max-w-full truncate text-xs text-muted">{does().split("\n", 1)[0]}</code>
        )}
      </Show>
      <p class="flex flex-wrap gap-x-3 text-xs text-muted empty:hidden">
        <Show when={props.step.targets}>
          {(targets) => <span>{t("builder.on", { targets: targets() })}</span>}
        </Show>
        <Show when={props.step.condition}>
          {(condition) => <span class="break-words">{t("builder.when", { condition: condition() })}</span>}
        </Show>
      </p>
    </>
  );
}
