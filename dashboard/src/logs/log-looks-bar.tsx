import { For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { t } from "../words/words.ts";
import { groups, setGroups, setTimes, setWrap, timeLooks, times, wrap } from "./log-looks.ts";

const pressedClass = "aria-pressed:bg-accent-soft aria-pressed:text-accent";

/** How lines are shown: times, wrapped or not, and, in a log that has groups, folded or open. The choice is this browser's. */
export function LogLooksBar(props: { hasGroups: boolean; onGroups: () => void }): JSX.Element {
  return (
    <>
      <select
        aria-label={t("logs.times")}
        class="min-h-8 rounded-md border border-edge bg-surface px-2"
        onChange={({ currentTarget }) => {
          const chosen = timeLooks.find((one) => one === currentTarget.value);
          if (chosen !== undefined) setTimes(chosen);
        }}
      >
        <For each={timeLooks}>
          {(look) => (
            <option value={look} selected={times() === look}>
              {t(`logs.times_${look}`)}
            </option>
          )}
        </For>
      </select>
      <Button
        class={pressedClass}
        aria-pressed={wrap() === "on"}
        onClick={() => setWrap(wrap() === "on" ? "off" : "on")}
      >
        {t("logs.wrap")}
      </Button>
      <Show when={props.hasGroups}>
        <Button
          class={pressedClass}
          aria-pressed={groups() === "folded"}
          onClick={() => {
            setGroups(groups() === "folded" ? "open" : "folded");
            props.onGroups();
          }}
        >
          {t("logs.fold")}
        </Button>
      </Show>
    </>
  );
}
