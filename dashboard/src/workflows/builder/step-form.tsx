import { useQuery } from "@tanstack/solid-query";
import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import { functionsQuery } from "../../functions/queries.ts";
import { Button } from "../../ui/button.tsx";
import { Field, inputClass } from "../../ui/field.tsx";
import { Icon } from "../../ui/icon.tsx";
import { dataOf } from "../../ui/loaded.tsx";
import { t } from "../../words/words.ts";
import type { OutlineStep } from "../model/outline.ts";
import { fieldsOf, kindFor, readField, type StepField, textOfField } from "../model/step-fields.ts";
import { workflowsQuery } from "../queries.ts";
import type { Builder } from "./create-builder.ts";

/** A step in a form: each field is taken over when it is left. */
export function StepForm(props: { builder: Builder; step: OutlineStep; onClose: () => void }): JSX.Element {
  const heading = createUniqueId();
  const fields = () => fieldsOf(props.step.type);
  const findings = () => props.builder.findingsOf(props.step.pointer);
  const one = (field: StepField) => <OneField builder={props.builder} step={props.step} field={field} />;
  return (
    <section
      aria-labelledby={heading}
      data-form
      class="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border border-accent bg-surface p-4"
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) props.onClose();
      }}
    >
      <header class="flex items-center gap-2">
        <h3 id={heading} class="min-w-0 font-semibold break-words">
          {t("builder.form", { name: props.step.name || props.step.id })}
        </h3>
        <Button
          look="quiet"
          class="ml-auto"
          aria-label={t("builder.close_form")}
          onClick={() => props.onClose()}
        >
          <Icon name="cross" />
        </Button>
      </header>
      <Show when={findings().length > 0}>
        <ul class="grid gap-1 rounded-md border border-warn bg-warn-soft px-3 py-2 text-xs">
          <For each={findings()}>{(finding) => <li class="break-words">{finding.message}</li>}</For>
        </ul>
      </Show>
      <For each={fields().first}>{one}</For>
      <details>
        <summary class="min-h-6 font-medium">{t("builder.more")}</summary>
        <div class="grid grid-cols-[minmax(0,1fr)] gap-3 pt-3">
          <For each={fields().more}>{one}</For>
        </div>
      </details>
    </section>
  );
}

function OneField(props: { builder: Builder; step: OutlineStep; field: StepField }): JSX.Element {
  const [wrong, setWrong] = createSignal<string | undefined>();
  const value = () => props.step.step[props.field.name];
  const kind = () => kindFor(props.field.kind, value());
  const label = () => t(`builder.field_${props.field.name}` as "builder.field_name");
  const take = (text: string) => {
    const read = readField(kind(), text);
    setWrong("wrong" in read ? read.wrong : undefined);
    if ("wrong" in read || !props.builder.step(props.step.pointer)) return;
    // Every step has a name, if an empty one.
    const next = props.field.name === "name" ? (read.value ?? "") : read.value;
    props.builder.edit({ kind: "set", at: [...props.step.path, props.field.name], value: next });
  };
  const onChange = (event: { currentTarget: { value: string } }) => take(event.currentTarget.value);
  return (
    <Show
      when={kind() !== "flag"}
      fallback={
        <label class="flex min-h-7 items-center gap-2">
          <input
            type="checkbox"
            class="size-4 shrink-0 accent-(--accent)"
            checked={value() === true}
            onChange={(event) => take(event.currentTarget.checked ? "true" : "")}
          />
          {label()}
        </label>
      }
    >
      <Field label={label()} hint={hintOf(props.field)} wrong={wrong()}>
        {(ids) => (
          <Control
            ids={ids}
            field={props.field}
            kind={kind()}
            text={textOfField(kind(), value())}
            onChange={onChange}
          />
        )}
      </Field>
    </Show>
  );
}

function hintOf({ name, kind }: StepField): string | undefined {
  if (name === "condition" || name === "if") return t("builder.hint_condition");
  if (name === "targets") return t("builder.hint_targets");
  if (kind === "names") return t("builder.hint_names");
  if (kind === "value") return t("builder.hint_value");
  return kind === "span" ? t("builder.hint_span") : undefined;
}

function Control(props: {
  ids: object;
  field: StepField;
  kind: StepField["kind"];
  text: string;
  onChange: (event: { currentTarget: { value: string } }) => void;
}): JSX.Element {
  const choices = () => (typeof props.kind === "object" ? props.kind.choices : []);
  const isLong = () => props.kind === "lines" || props.kind === "value";
  const isNamed = () => props.kind === "function" || props.kind === "workflow";
  const list = createUniqueId();
  return (
    <Show
      when={choices().length === 0}
      fallback={
        <select {...props.ids} class={inputClass} onChange={props.onChange}>
          <Show when={props.field.name !== "type"}>
            <option value="">–</option>
          </Show>
          <For each={choices()}>
            {(one) => (
              <option value={one} selected={one === props.text}>
                {props.field.name === "type" ? t(`builder.type_${one}` as "builder.type_execute") : one}
              </option>
            )}
          </For>
        </select>
      }
    >
      <Show
        when={isLong()}
        fallback={
          <>
            <input
              {...props.ids}
              class={inputClass}
              value={props.text}
              list={isNamed() ? list : undefined}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={props.field.name === "name"}
              onChange={props.onChange}
            />
            <Show when={isNamed()}>
              <datalist id={list}>
                <Names of={props.kind === "function" ? "function" : "workflow"} />
              </datalist>
            </Show>
          </>
        }
      >
        <textarea
          {...props.ids}
          class={`${inputClass} font-mono text-xs leading-5`}
          rows={Math.min(12, Math.max(2, props.text.split("\n").length + 1))}
          spellcheck={false}
          value={props.text}
          onChange={props.onChange}
        />
      </Show>
    </Show>
  );
}

function Names(props: { of: "function" | "workflow" }): JSX.Element {
  const functions = useQuery(() => ({ ...functionsQuery(), enabled: props.of === "function" }));
  const workflows = useQuery(() => ({ ...workflowsQuery(), enabled: props.of === "workflow" }));
  const names = () => (props.of === "function" ? dataOf(functions) : dataOf(workflows)) ?? [];
  return <For each={names()}>{({ name }) => <option value={name} />}</For>;
}
