import { type FilterPlace, placeOfFilter, withChosen } from "@pulse/schema/filter/complete-filter";
import { type FilterFinding, readFilter, wordsOfFinding } from "@pulse/schema/filter/read-filter";
import {
  createEffect,
  createMemo,
  createSignal,
  createUniqueId,
  For,
  type JSX,
  on,
  onCleanup,
  Show,
} from "solid-js";
import { inputClass } from "../ui/field.tsx";
import { useShortcuts } from "../ui/shortcuts.ts";
import { type Key, language, t } from "../words/words.ts";
import { createCompletions, fitting } from "./completions.ts";

const typingMs = 500;

/** The filter as text, with completion of fields and of values that there are. What is understood takes effect; what is not is said. */
export function FilterInput(props: { value: string; onChange: (filter: string) => void }): JSX.Element {
  const id = createUniqueId();
  const [text, setText] = createSignal(props.value);
  const [place, setPlace] = createSignal<FilterPlace | null>(null);
  const [chosen, setChosen] = createSignal(-1);
  const all = createCompletions(() => place()?.field ?? null);
  const options = createMemo(() => {
    const at = place();
    return at === null ? [] : fitting(all(), at.begun).filter((one) => one !== at.begun);
  });
  const findings = createMemo(() => readFilter(text()).findings);
  // Nobody is told of a word that is still being written.
  const [isTyping, setTyping] = createSignal(false);
  let input: HTMLInputElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  createEffect(
    on(
      () => props.value,
      (value) => {
        if (value !== text().trim()) setText(value);
      },
      { defer: true },
    ),
  );
  const apply = () => {
    clearTimeout(timer);
    setTyping(false);
    if (findings().length === 0 && text().trim() !== props.value) props.onChange(text().trim());
  };
  const look = () => {
    setPlace(placeOfFilter(text(), input?.selectionStart ?? text().length));
    setChosen(-1);
  };
  const close = () => setPlace(null);
  const write = (next: string) => {
    setText(next);
    setTyping(true);
    clearTimeout(timer);
    timer = setTimeout(apply, typingMs);
  };
  const take = (option: string) => {
    const at = place();
    if (at === null || input === undefined) return;
    const next = withChosen(text(), at, option);
    write(next.text);
    input.value = next.text;
    input.setSelectionRange(next.cursor, next.cursor);
    input.focus();
    // After a field come its values.
    if (at.field === null) look();
    else close();
  };
  const onKey = (event: KeyboardEvent) => {
    const count = options().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (place() === null) return look();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setChosen((now) => (count === 0 ? -1 : (Math.max(now, step === 1 ? -1 : 0) + step + count) % count));
    } else if (event.key === "Enter" || event.key === "Tab") {
      const option = options()[chosen()];
      if (option !== undefined) {
        event.preventDefault();
        take(option);
      } else if (event.key === "Enter") {
        close();
        apply();
      }
    } else if (event.key === "Escape" && place() !== null) {
      event.stopPropagation();
      close();
    }
  };
  const isOpen = () => place() !== null && options().length > 0;
  const wrong = () => (isTyping() || isOpen() ? [] : findings());
  useShortcuts([{ press: { keys: ["/"] }, name: "executions.filter", run: () => input?.focus() }]);
  return (
    <div class="relative grid min-w-0 gap-1">
      <label for={id} class="text-xs text-muted">
        {t("executions.filter")}
      </label>
      <input
        ref={input}
        id={id}
        role="combobox"
        aria-expanded={isOpen()}
        aria-controls={isOpen() ? `${id}-options` : undefined}
        aria-activedescendant={isOpen() && chosen() >= 0 ? `${id}-${chosen()}` : undefined}
        aria-autocomplete="list"
        aria-invalid={wrong().length > 0}
        aria-describedby={wrong().length > 0 ? `${id}-wrong` : undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={1000}
        class={`${inputClass} font-mono text-sm`}
        placeholder="status:failed fn:resize since:2h"
        value={text()}
        onInput={(event) => {
          write(event.currentTarget.value);
          look();
        }}
        onClick={look}
        onKeyDown={onKey}
        onBlur={() => {
          close();
          apply();
        }}
      />
      <Show when={isOpen()}>
        <div
          id={`${id}-options`}
          role="listbox"
          aria-label={t("executions.filter_options")}
          class="absolute top-full z-20 mt-1 max-h-72 w-full max-w-sm overflow-y-auto rounded-md border border-edge bg-surface py-1 shadow-lg"
        >
          <For each={options()}>
            {(option, at) => (
              // Keys go to the field, which points here.
              <div
                id={`${id}-${at()}`}
                role="option"
                tabIndex={-1}
                aria-selected={at() === chosen()}
                class="flex min-h-7 cursor-pointer flex-wrap items-baseline gap-x-3 px-3 py-1 hover:bg-sunken aria-selected:bg-accent-soft aria-selected:text-accent"
                // Before the field loses the focus.
                onMouseDown={(event) => {
                  event.preventDefault();
                  take(option);
                }}
              >
                <span class="font-mono text-sm">{place()?.field === null ? `${option}:` : option}</span>
                <Show when={place()?.field === null}>
                  <span class="text-xs text-muted">{t(`filter.${option}` as Key)}</span>
                </Show>
              </div>
            )}
          </For>
        </div>
      </Show>
      <div id={`${id}-wrong`} role="status">
        <For each={wrong()}>{(finding) => <p class="text-xs text-bad">{told(finding)}</p>}</For>
      </div>
    </div>
  );
}

/** What is wrong with a word, in the language in use. */
function told(finding: FilterFinding): string {
  if (language() === "en") return `${wordsOfFinding(finding)}.`;
  const said = t(`filter.wrong_${finding.kind}`, { field: finding.field, seen: finding.seen });
  return finding.near === null ? said : `${said} ${t("filter.meant", { near: finding.near })}`;
}
