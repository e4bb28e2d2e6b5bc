import type { ValidationView } from "@pulse/schema/wire/workflows";
import { createEffect, createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import { noteError } from "../session/query-client.ts";
import { t } from "../words/words.ts";
import { validate } from "./queries.ts";

const checkAfterMs = 400;
const isAbort = (error: unknown) => error instanceof DOMException && error.name === "AbortError";

/** A definition as text (YAML or JSON), with every problem that the gateway finds in it beside its place, as one types. */
export function DefinitionEditor(props: { text: string; onInput: (text: string) => void }): JSX.Element {
  const [checked, setChecked] = createSignal<ValidationView | null>(null);
  let area: HTMLTextAreaElement | undefined;
  createEffect(() => {
    const { text } = props;
    const gone = new AbortController();
    const timer = setTimeout(() => {
      validate(text, gone.signal).then(setChecked, (error: unknown) => {
        if (!isAbort(error)) noteError(error);
      });
    }, checkAfterMs);
    onCleanup(() => {
      clearTimeout(timer);
      gone.abort();
    });
  });
  const go = (line: number, column: number) => {
    const before = props.text.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    area?.focus();
    area?.setSelectionRange(at, at);
  };
  return (
    <div class="grid gap-3">
      <textarea
        ref={area}
        aria-label={t("workflows.definition")}
        rows="22"
        spellcheck={false}
        wrap="off"
        class="w-full rounded-md border border-edge bg-surface p-3 font-mono text-xs leading-5"
        value={props.text}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      <div role="status" class="grid gap-2">
        <Show when={checked()}>
          {(found) => (
            <>
              <p class={`font-medium ${found().valid ? "text-ok" : "text-bad"}`}>
                {t(found().valid ? "workflows.valid" : "workflows.invalid")}
              </p>
              <ul class="grid gap-1">
                <For each={[...found().errors, ...found().warnings]}>
                  {(one) => (
                    <li class="flex flex-wrap items-baseline gap-x-2">
                      <Show when={one.position}>
                        {(at) => (
                          <button
                            type="button"
                            class="min-h-6 font-medium text-accent underline"
                            onClick={() => go(at().line, at().column)}
                          >
                            {t("workflows.line", { line: String(at().line) })}
                          </button>
                        )}
                      </Show>
                      <code class="text-xs break-all text-muted">{one.pointer}</code>
                      <span class="break-words">{one.message}</span>
                    </li>
                  )}
                </For>
              </ul>
            </>
          )}
        </Show>
      </div>
    </div>
  );
}
