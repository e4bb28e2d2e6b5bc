import { Tabs as Primitive } from "@kobalte/core/tabs";
import { For, type JSX } from "solid-js";

/** One page of a set of tabs. */
export interface Tab<Name extends string> {
  name: Name;
  title: string;
  content: () => JSX.Element;
}

/** Parts of a page of which one is shown; which one is kept by the caller, in the URL. */
export function Tabs<Name extends string>(props: {
  label: string;
  tabs: readonly Tab<Name>[];
  value: Name;
  onChange: (name: Name) => void;
}): JSX.Element {
  return (
    <Primitive value={props.value} onChange={(value) => props.onChange(value as Name)} class="grid gap-4">
      <Primitive.List aria-label={props.label} class="flex overflow-x-auto border-b border-line">
        <For each={props.tabs}>
          {(tab) => (
            <Primitive.Trigger
              value={tab.name}
              class="min-h-9 border-b-2 border-transparent px-3 font-medium whitespace-nowrap text-muted hover:text-ink data-[selected]:border-accent data-[selected]:text-accent"
            >
              {tab.title}
            </Primitive.Trigger>
          )}
        </For>
      </Primitive.List>
      <For each={props.tabs}>
        {(tab) => (
          <Primitive.Content value={tab.name} class="min-w-0 outline-offset-4">
            {tab.content()}
          </Primitive.Content>
        )}
      </For>
    </Primitive>
  );
}
