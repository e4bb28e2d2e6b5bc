import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";
import { hueOf } from "./log-line.tsx";

/** Of more hosts than these one is found by its name. */
const hostsFew = 20;

/** The hosts of a log of several, each with its colour: whose lines are shown. */
export function HostToggles(props: {
  runners: readonly string[];
  hidden: ReadonlySet<string>;
  onHidden: (hidden: ReadonlySet<string>) => void;
}): JSX.Element {
  const toggle = (runner: string) => {
    const next = new Set(props.hidden);
    if (!next.delete(runner)) next.add(runner);
    props.onHidden(next);
  };
  const [wanted, setWanted] = createSignal("");
  const isWanted = (runner: string) => runner.toLowerCase().includes(wanted().trim().toLowerCase());
  return (
    <fieldset class="min-w-0 border-b border-line p-2">
      <legend class="sr-only">{t("logs.hosts")}</legend>
      <Show when={props.runners.length > hostsFew}>
        <input
          type="search"
          aria-label={t("logs.find_host")}
          placeholder={t("logs.find_host")}
          class={`${inputClass} mb-2 max-w-60`}
          value={wanted()}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      </Show>
      <div class="flex max-h-28 min-w-0 flex-wrap items-center gap-1 overflow-y-auto">
        <For each={props.runners}>
          {(runner, place) => (
            <button
              type="button"
              hidden={!isWanted(runner)}
              aria-pressed={!props.hidden.has(runner)}
              class={`inline-flex min-h-6 max-w-full items-center gap-1 rounded border border-edge bg-sunken px-2 font-mono text-xs hover:brightness-95 ${props.hidden.has(runner) ? "border-dashed text-muted line-through" : hueOf(place())}`}
              onClick={() => toggle(runner)}
            >
              <span class="truncate" title={runner}>
                {runner}
              </span>
            </button>
          )}
        </For>
        <Show when={props.runners.length > 1}>
          <Button
            look="quiet"
            class="!min-h-6 !py-0 text-xs"
            onClick={() => props.onHidden(new Set(props.hidden.size === 0 ? props.runners : []))}
          >
            {props.hidden.size === 0 ? t("logs.hide_hosts") : t("logs.show_hosts")}
          </Button>
        </Show>
      </div>
    </fieldset>
  );
}
