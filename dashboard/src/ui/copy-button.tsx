import type { JSX } from "solid-js";
import { t } from "../words/words.ts";
import { Button } from "./button.tsx";
import { say } from "./toasts.tsx";

/** Copies a text and says so. `what`: the name of the text, for those who do not see what stands beside it. */
export function CopyButton(props: { text: string; what: string; children?: JSX.Element }): JSX.Element {
  const copy = async () => {
    await navigator.clipboard.writeText(props.text);
    say(t("shell.copied"));
  };
  return (
    <Button aria-label={`${t("shell.copy")}: ${props.what}`} onClick={() => void copy()}>
      {props.children ?? t("shell.copy")}
    </Button>
  );
}
