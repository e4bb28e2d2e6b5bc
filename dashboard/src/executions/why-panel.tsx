import type { ExecutionView } from "@pulse/schema/wire/executions";
import { type JSX, Show } from "solid-js";
import { lazily } from "../ui/lazily.tsx";
import { t } from "../words/words.ts";
import { placeOf, whyOf } from "./why.ts";

const SourceExcerpt = lazily(
  async () => (await import("./source-excerpt.tsx")).SourceExcerpt,
  [],
  // As high as the lines of a short file.
  () => <div class="h-44" />,
);
const StackOf = lazily(
  async () => (await import("./stack-of.tsx")).StackOf,
  [],
  () => null,
);
const shownMost = 4000;

/** Why an execution did not succeed, or what it waits for: a sentence, the error's own words, and the line of the code. Nothing when all is well. */
export function WhyPanel(props: { view: ExecutionView }): JSX.Element {
  const sentence = () => whyOf(props.view);
  const isWaiting = () => ["queued", "scheduled", "waiting"].includes(props.view.status);
  return (
    <Show when={sentence()}>
      {(why) => (
        <section
          aria-label={t("execution.why")}
          class={`grid min-w-0 gap-3 rounded-lg border p-4 ${isWaiting() ? "border-line bg-surface" : "border-bad bg-bad-soft"}`}
        >
          <p class="font-semibold">
            {t(why().key, why().values)}
            <Show when={props.view.retriesUsed > 0}>
              {" "}
              {t("why.retried", { count: props.view.retriesUsed })}
            </Show>
          </p>
          <Show when={props.view.waitingFor}>{(text) => <p class="break-words">{text()}</p>}</Show>
          <Show when={props.view.error}>
            {(error) => (
              <>
                <p class="max-h-48 overflow-auto font-mono text-xs break-words whitespace-pre-wrap">
                  {error().message.slice(0, shownMost)}
                </p>
                <Show when={placeOf(props.view) !== null && props.view.version !== null ? props.view : null}>
                  {(view) => <SourceExcerpt view={view()} />}
                </Show>
                <Show when={error().stack}>
                  {(stack) => (
                    <details>
                      <summary class="min-h-6 font-medium">{t("execution.stack")}</summary>
                      <div class="mt-2">
                        <StackOf view={props.view} stack={stack()} />
                      </div>
                    </details>
                  )}
                </Show>
              </>
            )}
          </Show>
        </section>
      )}
    </Show>
  );
}
