import type { ExecutionView, InputView as Input } from "@pulse/schema/wire/executions";
import { useQuery } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { bytesText } from "../ui/bytes.ts";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";
import { HeaderLines } from "./header-lines.tsx";
import { inputQuery } from "./queries.ts";
import { pretty } from "./stored-result.ts";

/** What an execution was called with. */
export function InputView(props: { view: ExecutionView }): JSX.Element {
  const input = useQuery(() => inputQuery(props.view.id));
  return <Loaded query={input}>{(given) => <Given input={given()} />}</Loaded>;
}

/** The body of a call as text, JSON with line breaks; null: there is none that could be shown. */
export function bodyText({ body }: Pick<Input, "body">): string | null {
  if (body === null) return null;
  return "text" in body ? pretty(body.text) : null;
}

function Given(props: { input: Input }): JSX.Element {
  const text = () => bodyText(props.input);
  const size = () => props.input.bytes;
  return (
    <div class="grid min-w-0 gap-3">
      <p class="flex flex-wrap items-center gap-x-4 gap-y-2">
        <code class="break-all">
          {props.input.method} {props.input.path}
        </code>
        <Show when={size() !== null}>
          <span class="text-muted">{bytesText(size() ?? 0)}</span>
        </Show>
        <Show when={text()}>
          {(body) => (
            <span class="ml-auto">
              <CopyButton text={body()} what={t("execution.input")} />
            </span>
          )}
        </Show>
      </p>
      <Show
        when={text()}
        fallback={
          <p class="text-muted">
            {size() === 0 ? t("execution.input_empty") : t("execution.input_not_shown")}
          </p>
        }
      >
        {(body) => <CodeText label={t("execution.input")} text={body()} />}
      </Show>
      <HeaderLines headers={props.input.headers} />
    </div>
  );
}
