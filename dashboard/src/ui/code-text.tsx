import { createMemo, type JSX, Show } from "solid-js";
import { number, t } from "../words/words.ts";

const shownMost = 100_000;

/** Text as it is, in a box of its own that scrolls; of a very long one the beginning. `wraps`: long lines are broken instead. */
export function CodeText(props: {
  text: string;
  label: string;
  class?: string;
  wraps?: boolean;
}): JSX.Element {
  const cut = createMemo(() => props.text.length > shownMost);
  return (
    <div class="max-w-full min-w-0">
      <section
        aria-label={props.label}
        tabindex="0"
        class={`max-h-96 overflow-auto rounded-md border border-line bg-sunken ${props.class ?? ""}`}
      >
        <pre
          class={`p-3 text-xs leading-5 ${props.wraps === true ? "break-all whitespace-pre-wrap" : "min-w-fit"}`}
        >
          {cut() ? props.text.slice(0, shownMost) : props.text}
        </pre>
      </section>
      <Show when={cut()}>
        <p class="mt-1 text-xs text-muted">
          {t("shell.cut", { shown: number(shownMost), all: number(props.text.length) })}
        </p>
      </Show>
    </div>
  );
}
