import { type FirstStep, firstSteps } from "@pulse/schema/overview";
import { A } from "@solidjs/router";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { t } from "../words/words.ts";

const stored = "pulse.first-steps";
const ways: Readonly<Record<FirstStep, string>> = {
  runner: "/runners",
  function: "/functions/_new",
  call: "/functions",
  trigger: "/triggers?tab=schedules",
};

/** What a new installation does first, ticked by what the gateway has seen. It goes away when all is done, and for good when somebody hides it. */
export function FirstSteps(props: { done: Readonly<Record<FirstStep, boolean>> }): JSX.Element {
  const [isHidden, setHidden] = createSignal(localStorage.getItem(stored) === "hidden");
  const count = () => firstSteps.filter((step) => props.done[step]).length;
  const hide = () => {
    localStorage.setItem(stored, "hidden");
    setHidden(true);
  };
  return (
    <Show when={!isHidden() && count() < firstSteps.length}>
      <Panel
        title={t("home.steps")}
        actions={
          <>
            <span class="text-xs text-muted" role="status">
              {t("home.steps_done", { done: count(), all: firstSteps.length })}
            </span>
            <Button look="quiet" aria-label={`${t("home.steps_hide")}: ${t("home.steps")}`} onClick={hide}>
              {t("home.steps_hide")}
            </Button>
          </>
        }
      >
        <ol class="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
          <For each={firstSteps}>
            {(step) => (
              <li class="flex min-w-0 items-start gap-2" data-step={step} data-done={props.done[step]}>
                <span
                  class={`mt-0.5 grid size-5 shrink-0 place-items-center rounded-full border ${props.done[step] ? "border-ok bg-ok-soft text-ok" : "border-edge text-transparent"}`}
                >
                  <Icon name="done" class="size-3.5!" />
                </span>
                <div class="min-w-0">
                  <span class="sr-only">{t(props.done[step] ? "home.step_done" : "home.step_open")} </span>
                  <Show
                    when={!props.done[step]}
                    fallback={<span class="text-muted">{t(`home.step_${step}`)}</span>}
                  >
                    <A href={ways[step]} class="font-medium text-accent underline">
                      {t(`home.step_${step}`)}
                    </A>
                    <p class="text-xs text-muted">{t(`home.step_${step}_hint`)}</p>
                  </Show>
                </div>
              </li>
            )}
          </For>
        </ol>
      </Panel>
    </Show>
  );
}
