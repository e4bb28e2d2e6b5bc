import type { JSX } from "solid-js";
import { CodeText } from "./code-text.tsx";
import { CopyButton } from "./copy-button.tsx";

/** A text that is used elsewhere, with the button that copies it; stands in a grid. */
export function TextToCopy(props: { text: string; what: string }): JSX.Element {
  return (
    <>
      <CodeText text={props.text} label={props.what} wraps />
      <div class="justify-self-end">
        <CopyButton text={props.text} what={props.what} />
      </div>
    </>
  );
}
