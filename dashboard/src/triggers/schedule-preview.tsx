import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createEffect, createSignal, type JSX, onCleanup, Show } from "solid-js";
import { dataOf } from "../ui/loaded.tsx";
import { tell } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { NextTimes } from "./next-times.tsx";
import { previewQuery, type Timing } from "./schedule-queries.ts";

/** Asks once the typing rests. */
const restMs = 300;

/** When a schedule that is being typed would come, or why it cannot be. */
export function SchedulePreview(props: { timing: Timing | null; timezone: string }): JSX.Element {
  const [asked, setAsked] = createSignal<(Timing & { timezone: string }) | null>(null);
  createEffect(() => {
    const { timing, timezone } = props;
    const isTyped = timing !== null && Object.values(timing).every((text) => text !== "") && timezone !== "";
    const timer = setTimeout(() => setAsked(isTyped ? { ...timing, timezone } : null), restMs);
    onCleanup(() => clearTimeout(timer));
  });
  const times = useQuery(() => ({ ...previewQuery(asked()), placeholderData: keepPreviousData }));
  return (
    <Show when={asked()}>
      {(wanted) => (
        <div aria-live="polite">
          <Show
            when={times.error}
            fallback={
              <Show when={dataOf(times)}>
                {(next) => (
                  <details>
                    <summary class="min-h-7">
                      {t(next().length > 0 ? "schedules.preview" : "schedules.no_next")}
                    </summary>
                    <NextTimes times={next()} timezone={wanted().timezone} />
                  </details>
                )}
              </Show>
            }
          >
            {(error) => <p class="text-xs text-bad">{tell(error()).detail}</p>}
          </Show>
        </div>
      )}
    </Show>
  );
}
