import { createMemo, createUniqueId, For, type JSX, Show, untrack } from "solid-js";
import { tabAfter } from "./tab-keys.ts";

/** One page of a set of tabs. */
export interface Tab<Name extends string> {
  name: Name;
  title: string;
  content: () => JSX.Element;
}

/**
 * Parts of a page of which one is shown; which one is kept by the caller, in the URL. Made after the pattern of the ARIA guide: one tab is in the order
 * of the Tab key, arrows choose. (Kobalte's takes a tenth of what a page may weigh.)
 */
export function Tabs<Name extends string>(props: {
  label: string;
  tabs: readonly Tab<Name>[];
  value: Name;
  onChange: (name: Name) => void;
}): JSX.Element {
  const id = createUniqueId();
  const tabs = createMemo(() => props.tabs);
  let list: HTMLDivElement | undefined;
  const onKey = (event: KeyboardEvent) => {
    const at = tabs().findIndex(({ name }) => name === props.value);
    const next = tabAfter(event.key, at, tabs().length);
    const tab = next === null ? undefined : tabs()[next];
    if (tab === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    props.onChange(tab.name);
    list?.querySelectorAll<HTMLElement>("[role=tab]")[next ?? 0]?.focus();
  };
  return (
    <div class="grid gap-4">
      <div
        ref={list}
        role="tablist"
        aria-label={props.label}
        class="flex overflow-x-auto border-b border-line"
        onKeyDown={onKey}
      >
        <For each={tabs()}>
          {(tab) => (
            <button
              type="button"
              role="tab"
              id={`${id}-${tab.name}`}
              aria-selected={tab.name === props.value}
              aria-controls={tab.name === props.value ? `${id}-panel` : undefined}
              tabindex={tab.name === props.value ? 0 : -1}
              class="min-h-9 border-b-2 border-transparent px-3 font-medium whitespace-nowrap text-muted outline-offset-[-2px] hover:text-ink aria-selected:border-accent aria-selected:text-accent"
              onClick={() => props.onChange(tab.name)}
            >
              {tab.title}
            </button>
          )}
        </For>
      </div>
      <Show when={props.value} keyed>
        {(name) => (
          <div
            role="tabpanel"
            id={`${id}-panel`}
            aria-labelledby={`${id}-${name}`}
            tabindex="0"
            class="min-w-0 outline-offset-4"
          >
            {/* Made once: that titles change, as texts are loaded, is no reason to make what is shown anew. */}
            {untrack(() => tabs().find((tab) => tab.name === name))?.content()}
          </div>
        )}
      </Show>
    </div>
  );
}
