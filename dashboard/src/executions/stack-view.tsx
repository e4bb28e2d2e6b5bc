import { For, type JSX, Show } from "solid-js";
import { t } from "../words/words.ts";
import { stackLines } from "./stack-places.ts";

/** A stack, line by line; those in the function's own files are the way to that line. */
export function StackView(props: {
  stack: string;
  /** The files that can be opened. */
  files: readonly string[];
  onPlace: (file: string, line: number) => void;
}): JSX.Element {
  return (
    <section
      aria-label={t("execution.stack")}
      tabindex="0"
      class="max-h-96 overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs leading-6 text-ink"
    >
      <For each={stackLines(props.stack, props.files)}>
        {({ text, place }) => (
          <div class="min-w-fit whitespace-pre">
            <Show when={place} fallback={text}>
              {(found) => (
                <>
                  {text.slice(0, text.length - text.trimStart().length)}
                  <button
                    type="button"
                    class="text-left whitespace-pre text-accent underline"
                    onClick={() => props.onPlace(found().file, found().line)}
                  >
                    {text.trimStart()}
                  </button>
                </>
              )}
            </Show>
          </div>
        )}
      </For>
    </section>
  );
}
