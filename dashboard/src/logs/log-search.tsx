import { createSignal, type JSX, onCleanup, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { inputClass } from "../ui/field.tsx";
import { usePartKeys } from "../ui/part-keys.ts";
import { useShortcuts } from "../ui/shortcuts.ts";
import { counted, t } from "../words/words.ts";

const typingMs = 150;

/** Finds text in a log: Enter goes to the next line that has it, Shift+Enter to the one before. */
export function LogSearch(props: {
  hits: number;
  /** Whether there may be more of them. */
  hasMore?: boolean;
  /** How much was looked through so far, 0 to 1; null: the search is over. */
  looked: number | null;
  onText: (text: string) => void;
  onGo: (step: 1 | -1) => void;
}): JSX.Element {
  const [text, setText] = createSignal("");
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isTyping = false;
  onCleanup(() => clearTimeout(timer));
  const type = (next: string) => {
    setText(next);
    clearTimeout(timer);
    isTyping = true;
    timer = setTimeout(() => {
      isTyping = false;
      props.onText(next);
    }, typingMs);
  };
  const enter = (step: 1 | -1) => {
    // Whoever is faster than the search means what stands there.
    if (isTyping) props.onText(text());
    clearTimeout(timer);
    isTyping = false;
    props.onGo(step);
  };
  const onKey = usePartKeys("logs.search", [
    { keys: ["Enter"], name: "logs.next", run: () => enter(1) },
    { keys: ["Enter"], shift: true, name: "logs.previous", run: () => enter(-1) },
  ]);
  let field: HTMLInputElement | undefined;
  useShortcuts([
    { press: { keys: ["/"] }, name: "logs.search", run: () => field?.focus() },
    { press: { keys: ["n"] }, name: "logs.next", run: () => text() !== "" && props.onGo(1) },
    { press: { keys: ["N"] }, name: "logs.previous", run: () => text() !== "" && props.onGo(-1) },
  ]);
  return (
    <search class="flex min-w-40 flex-1 items-center gap-2">
      <input
        ref={field}
        type="search"
        aria-label={t("logs.search")}
        placeholder={t("logs.search")}
        class={inputClass}
        value={text()}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => onKey(event)}
      />
      <Show when={text() !== ""}>
        <span class="text-xs whitespace-nowrap text-muted" role="status">
          {props.hasMore ? t("logs.hits_most", { count: props.hits }) : counted("logs.hits", props.hits)}
          <Show when={props.looked !== null}>
            {" "}
            · {t("logs.looked", { percent: Math.floor((props.looked ?? 0) * 100) })}
          </Show>
        </span>
        <Button look="quiet" aria-label={t("logs.previous")} onClick={() => props.onGo(-1)}>
          ↑
        </Button>
        <Button look="quiet" aria-label={t("logs.next")} onClick={() => props.onGo(1)}>
          ↓
        </Button>
      </Show>
    </search>
  );
}
