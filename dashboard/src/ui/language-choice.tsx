import type { Language } from "@pulse/schema/wire/manifest";
import { createUniqueId, For, type JSX } from "solid-js";

const languages = ["typescript", "python"] as const satisfies readonly Language[];

/** Chooses the language of a function's code; `nameOf` says each in a few words. */
export function LanguageChoice(props: {
  label: string;
  nameOf: (language: Language) => string;
  value: Language;
  onChange: (language: Language) => void;
}): JSX.Element {
  const group = createUniqueId();
  return (
    <fieldset class="grid gap-2">
      <legend class="mb-1 font-medium">{props.label}</legend>
      <div class="grid grid-cols-2 gap-2">
        <For each={languages}>
          {(one) => (
            <label
              class={`flex min-h-9 cursor-pointer items-center gap-2 rounded-md border px-3 py-1.5 has-focus-visible:outline-2 has-focus-visible:outline-accent ${props.value === one ? "border-accent bg-accent-soft" : "border-edge"}`}
            >
              <input
                type="radio"
                name={group}
                class="accent-accent"
                checked={props.value === one}
                onChange={() => props.onChange(one)}
              />
              {props.nameOf(one)}
            </label>
          )}
        </For>
      </div>
    </fieldset>
  );
}
