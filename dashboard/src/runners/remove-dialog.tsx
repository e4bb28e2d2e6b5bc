import { useMutation } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { removeRunner } from "./queries.ts";

/** Asks before a runner is removed, which nothing brings back. */
export function RemoveDialog(props: { name: string; onClose: () => void }): JSX.Element {
  const remove = useMutation(() => ({
    mutationFn: () => removeRunner(props.name),
    onSuccess: () => {
      say(t("runners.removed", { name: props.name }));
      props.onClose();
    },
  }));
  return (
    <Dialog open onClose={props.onClose} title={t("runners.remove_title", { name: props.name })}>
      <p>{t("runners.remove_hint")}</p>
      <Show when={remove.error}>{(error) => <ProblemNotice error={error()} />}</Show>
      <div class="flex flex-wrap justify-end gap-2">
        <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
        <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
          {t("runners.remove")}
        </Button>
      </div>
    </Dialog>
  );
}
