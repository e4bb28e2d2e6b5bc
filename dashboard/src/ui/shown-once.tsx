import type { JSX } from "solid-js";
import { TextToCopy } from "./text-to-copy.tsx";

/** A text that is shown this once. */
export function ShownOnce(props: { text: string; what: string; hint: string }): JSX.Element {
  return (
    <div class="grid gap-2">
      <p>{props.hint}</p>
      <TextToCopy text={props.text} what={props.what} />
    </div>
  );
}
