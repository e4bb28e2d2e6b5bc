import type { JSX } from "solid-js";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { removeRunner } from "./queries.ts";

/** Asks before a runner is removed, which nothing brings back. */
export function RemoveDialog(props: { name: string; onClose: () => void }): JSX.Element {
  const remove = async () => {
    await removeRunner(props.name);
    say(t("runners.removed", { name: props.name }));
  };
  return (
    <AskDialog
      title={t("runners.remove_title", { name: props.name })}
      hint={t("runners.remove_hint")}
      action={t("runners.remove")}
      act={remove}
      onClose={props.onClose}
    />
  );
}
