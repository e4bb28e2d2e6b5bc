import { type JSX, Show } from "solid-js";
import { Button } from "./button.tsx";
import { ProblemNotice } from "./problem-notice.tsx";

/** The end of a form: why what it sent was refused, and the button that sends it. */
export function SendButton(props: {
  sending: { error: Error | null; isPending: boolean };
  children: JSX.Element;
}): JSX.Element {
  return (
    <>
      <Show when={props.sending.error}>{(error) => <ProblemNotice error={error()} />}</Show>
      <Button type="submit" look="primary" class="justify-self-end" disabled={props.sending.isPending}>
        {props.children}
      </Button>
    </>
  );
}
