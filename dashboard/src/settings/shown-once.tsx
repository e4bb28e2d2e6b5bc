import type { JSX } from "solid-js";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";

/** A text that is shown this once. */
export function ShownOnce(props: { text: string; what: string; hint: string }): JSX.Element {
  return (
    <div class="grid gap-2">
      <p>{props.hint}</p>
      <CodeText text={props.text} label={props.what} wraps />
      <div class="justify-self-end">
        <CopyButton text={props.text} what={props.what} />
      </div>
    </div>
  );
}
