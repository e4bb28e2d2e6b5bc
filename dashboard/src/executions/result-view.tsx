import { isTerminal } from "@pulse/schema/status";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useQuery } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { bytesText } from "../ui/bytes.ts";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";
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
              <span class="text-muted">{bytesText(answer().bytes ?? 0)}</span>
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
