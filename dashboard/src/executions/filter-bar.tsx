import { valuesOf, withField } from "@pulse/schema/filter/edit-filter";
import { For, type JSX } from "solid-js";
import { inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";
import { isChosen, type Since, type StatusGroup, sinces, statusGroups, toggled } from "./filter.ts";
import { FilterInput } from "./filter-input.tsx";
import { ViewsMenu } from "./views-menu.tsx";

const groups = Object.keys(statusGroups) as StatusGroup[];

/** The filter of the list of executions: as text, with what is chosen most as buttons, and the kept ones. */
export function FilterBar(props: { filter: string; onChange: (filter: string) => void }): JSX.Element {
  const since = () => valuesOf(props.filter, "since")[0];
  const isOther = () => since() !== undefined && !sinces.includes(since() as Since);
  return (
    <search class="grid gap-3" aria-label={t("executions.filters")}>
      <div class="grid grid-cols-[minmax(0,1fr)] items-start gap-2 sm:grid-cols-[minmax(0,1fr)_9rem]">
        <FilterInput value={props.filter} onChange={props.onChange} />
        <label class="grid gap-1 text-xs text-muted">
          {t("executions.since")}
          <select
            class={`${inputClass} text-sm`}
            onChange={(event) => {
              const { value } = event.currentTarget;
              props.onChange(
                withField(withField(props.filter, "until", []), "since", value === "" ? [] : [value]),
              );
            }}
          >
            <option value="" selected={since() === undefined}>
              {t("executions.since_any")}
            </option>
            <For each={sinces}>
              {(one) => (
                <option value={one} selected={one === since()}>
                  {t(`executions.since_${one}`)}
                </option>
              )}
            </For>
            <option value={since() ?? ""} selected={isOther()} hidden={!isOther()} disabled={!isOther()}>
              {t("executions.since_chosen")}
            </option>
          </select>
        </label>
      </div>
      <div class="flex flex-wrap items-center gap-1.5">
        <fieldset class="contents">
          <legend class="sr-only">{t("executions.status")}</legend>
          <For each={groups}>
            {(group) => (
              <button
                type="button"
                aria-pressed={isChosen(group, props.filter)}
                class="min-h-7 rounded-full border border-edge bg-surface px-3 text-muted hover:text-ink aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent"
                onClick={() => props.onChange(toggled(group, props.filter))}
              >
                {t(`executions.group_${group}`)}
              </button>
            )}
          </For>
        </fieldset>
        <ViewsMenu filter={props.filter} onChange={props.onChange} />
      </div>
    </search>
  );
}
