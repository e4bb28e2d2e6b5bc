import { useNavigate } from "@solidjs/router";
import { createSignal, type JSX, Show } from "solid-js";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";

/** Deletes what a page is about, after asking, and goes `back` to the list. */
export function RemoveButton(props: {
  name: string;
  hint: string;
  back: string;
  act: () => Promise<void>;
}): JSX.Element {
  const [isAsked, setAsked] = createSignal(false);
  const navigate = useNavigate();
  const remove = async () => {
    const { name, back } = props;
    await props.act();
    say(t("triggers.removed", { name }));
    navigate(back);
  };
  return (
    <>
      <Button look="danger" onClick={() => setAsked(true)}>
        {t("triggers.remove")}
      </Button>
      <Show when={isAsked()}>
        <AskDialog
          title={t("triggers.remove_title", { name: props.name })}
          hint={props.hint}
          action={t("triggers.remove")}
          act={remove}
          onClose={() => setAsked(false)}
        />
      </Show>
    </>
  );
}
