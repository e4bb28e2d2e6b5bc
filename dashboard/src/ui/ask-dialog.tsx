import { useMutation } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { t } from "../words/words.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { ProblemNotice } from "./problem-notice.tsx";

/** Asks before something is done that nothing brings back; closes when it is done. `children`: what else is to be said or typed. */
export function AskDialog(props: {
  title: string;
  hint: string;
  action: string;
  act: () => Promise<unknown>;
  onClose: () => void;
  children?: JSX.Element;
}): JSX.Element {
  const run = useMutation(() => ({ mutationFn: () => props.act(), onSuccess: () => props.onClose() }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    run.mutate();
  };
  return (
    <Dialog open onClose={props.onClose} title={props.title}>
      <form class="grid gap-4" onSubmit={submit}>
        <p>{props.hint}</p>
        {props.children}
        <Show when={run.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <div class="flex flex-wrap justify-end gap-2">
          <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
          <Button type="submit" look="danger" disabled={run.isPending}>
            {props.action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
