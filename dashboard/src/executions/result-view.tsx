import { isTerminal } from "@pulse/schema/status";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useQuery } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { number, t } from "../words/words.ts";
import { type Answered, resultQuery, resultUrl } from "./stored-result.ts";

/** What an execution answered. Of a large answer the beginning, and a way to save it whole. */
export function ResultView(props: { view: ExecutionView }): JSX.Element {
  return (
    <Show when={isTerminal(props.view.status)} fallback={<Empty title={t("execution.no_result")} />}>
      <Ended view={props.view} />
    </Show>
  );
}

function Ended(props: { view: ExecutionView }): JSX.Element {
  const result = useQuery(() => resultQuery(props.view.id));
  return (
    <Loaded query={result}>
      {(answer) => (
        <div class="grid min-w-0 gap-2">
          <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
            <span class="font-medium">
              {t("execution.result_status", { status: String(answer().status) })}
            </span>
            <span class="text-muted">{answer().type}</span>
            <Show when={answer().bytes !== null}>
              <span class="text-muted">{bytes(answer().bytes ?? 0)}</span>
            </Show>
            <span class="ml-auto flex gap-2">
              <Show when={answer().isWhole && answer().text !== ""}>
                <CopyButton text={answer().text} what={t("execution.result")} />
              </Show>
              <a class={buttonClass()} href={resultUrl(props.view.id)} download={props.view.id}>
                {t("execution.result_download")}
              </a>
            </span>
          </div>
          <Body answer={answer()} />
        </div>
      )}
    </Loaded>
  );
}

function Body(props: { answer: Answered }): JSX.Element {
  return (
    <Show when={props.answer.text !== ""} fallback={<p class="text-muted">{t("execution.result_empty")}</p>}>
      <CodeText label={t("execution.result")} text={props.answer.text} />
      <Show when={!props.answer.isWhole}>
        <p class="text-xs text-muted">{t("execution.result_cut")}</p>
      </Show>
    </Show>
  );
}

/** A number of bytes in words. */
export function bytes(count: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = count < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(count) / 3));
  return number(count / 1000 ** step, {
    style: "unit",
    unit: units[step] ?? "byte",
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step === 0 ? 0 : 1,
  });
}
