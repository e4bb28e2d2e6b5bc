import { type JSX, Show } from "solid-js";
import { t } from "../words/words.ts";
import { Button } from "./button.tsx";

/** The way to older rows of a list, and back to the newest; `onGo` gets the cursor to show, undefined for the newest. */
export function OlderNav(props: {
  label: string;
  cursor: string | undefined;
  next: string | null;
  onGo: (cursor: string | undefined) => void;
}): JSX.Element {
  return (
    <Show when={props.cursor !== undefined || props.next !== null}>
      <nav aria-label={props.label} class="flex flex-wrap justify-center gap-2 p-3">
        <Show when={props.cursor}>
          <Button onClick={() => props.onGo(undefined)}>{t("shell.newest")}</Button>
        </Show>
        <Show when={props.next}>
          {(next) => <Button onClick={() => props.onGo(next())}>{t("shell.older")}</Button>}
        </Show>
      </nav>
    </Show>
  );
}
