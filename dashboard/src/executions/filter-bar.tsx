import { executionKinds } from "@pulse/schema/status";
import { createEffect, createSignal, For, type JSX, on, onCleanup } from "solid-js";
import { inputClass } from "../ui/field.tsx";
import { type Key, t } from "../words/words.ts";
import {
  type Filter,
  isChosen,
  type Since,
  type StatusGroup,
  sinces,
  statusGroups,
  toggled,
} from "./filter.ts";

/** What one may change of the filters, as it stands in the address; undefined: without. */
export type FilterPatch = { readonly [K in keyof Filter]?: string | undefined };

const typingMs = 300;
const groups = Object.keys(statusGroups) as StatusGroup[];

/** The filters of the list of executions. */
export function FilterBar(props: { filter: Filter; onChange: (patch: FilterPatch) => void }): JSX.Element {
  return (
    <search class="grid gap-3" aria-label={t("executions.filters")}>
      <fieldset class="flex flex-wrap gap-1.5">
        <legend class="sr-only">{t("executions.status")}</legend>
        <For each={groups}>
          {(group) => (
            <button
              type="button"
              aria-pressed={isChosen(group, props.filter.status)}
              class="min-h-7 rounded-full border border-edge bg-surface px-3 text-muted hover:text-ink aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent"
              onClick={() => props.onChange({ status: toggled(group, props.filter.status) })}
            >
              {t(`executions.group_${group}`)}
            </button>
          )}
        </For>
      </fieldset>
      <div class="grid grid-cols-2 gap-2 md:grid-cols-[2fr_1fr_1fr_1fr_1fr]">
        <TextFilter
          class="max-md:col-span-2"
          label="executions.text"
          hint="executions.text_hint"
          value={props.filter.q}
          onChange={(q) => props.onChange({ q })}
        />
        <TextFilter
          label="executions.name"
          value={props.filter.name}
          onChange={(name) => props.onChange({ name })}
        />
        <TextFilter
          label="executions.runner"
          value={props.filter.runner}
          onChange={(runner) => props.onChange({ runner })}
        />
        <label class="grid gap-0.5 text-xs text-muted">
          {t("executions.kind")}
          <select
            class={`${inputClass} text-sm`}
            onChange={(event) => props.onChange({ kind: event.currentTarget.value || undefined })}
          >
            <option value="" selected={props.filter.kind === undefined}>
              {t("executions.kind_any")}
            </option>
            <For each={executionKinds}>
              {(kind) => (
                <option value={kind} selected={kind === props.filter.kind}>
                  {t(`kind.${kind}`)}
                </option>
              )}
            </For>
          </select>
        </label>
        <label class="grid gap-0.5 text-xs text-muted">
          {t("executions.since")}
          <select
            class={`${inputClass} text-sm`}
            onChange={(event) => props.onChange({ since: event.currentTarget.value || undefined })}
          >
            <option value="" selected={props.filter.since === undefined}>
              {t("executions.since_any")}
            </option>
            <For each={sinces}>
              {(since: Since) => (
                <option value={since} selected={since === props.filter.since}>
                  {t(`executions.since_${since}`)}
                </option>
              )}
            </For>
          </select>
        </label>
      </div>
    </search>
  );
}

/** A text filter: what is typed takes effect after a moment, what the address says shows at once. */
function TextFilter(props: {
  label: Key;
  hint?: Key;
  class?: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}): JSX.Element {
  const [text, setText] = createSignal(props.value ?? "");
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on(
      () => props.value ?? "",
      (value) => {
        if (value !== text().trim()) setText(value);
      },
      { defer: true },
    ),
  );
  const apply = () => {
    clearTimeout(timer);
    const value = text().trim();
    if (value !== (props.value ?? "")) props.onChange(value || undefined);
  };
  onCleanup(() => clearTimeout(timer));
  return (
    <label class={`grid gap-0.5 text-xs text-muted ${props.class ?? ""}`}>
      {t(props.label)}
      <input
        type="search"
        class={`${inputClass} text-sm`}
        placeholder={props.hint && t(props.hint)}
        maxLength={100}
        value={text()}
        onInput={(event) => {
          setText(event.currentTarget.value);
          clearTimeout(timer);
          timer = setTimeout(apply, typingMs);
        }}
        onChange={apply}
      />
    </label>
  );
}
