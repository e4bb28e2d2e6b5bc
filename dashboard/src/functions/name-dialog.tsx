import { createSignal, type JSX } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";
import { fileNameFault } from "./file-name.ts";

/** Asks for the name of a file. */
export function NameDialog(props: {
  title: string;
  action: string;
  name: string;
  others: readonly string[];
  onClose: () => void;
  onName: (name: string) => void;
}): JSX.Element {
  const [name, setName] = createSignal(props.name);
  const [wasSent, setSent] = createSignal(false);
  const fault = () => {
    const key = fileNameFault(name().trim(), props.others);
    return wasSent() && key !== null ? t(key) : undefined;
  };
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    setSent(true);
    if (fileNameFault(name().trim(), props.others) === null) props.onName(name().trim());
  };
  return (
    <Dialog open title={props.title} onClose={() => props.onClose()}>
      <form class="grid gap-4" onSubmit={send} novalidate>
        <Field label={t("code.file_name")} hint={t("code.file_name_hint")} wrong={fault()}>
          {(ids) => (
            <input
              {...ids}
              autofocus
              class={`${inputClass} font-mono`}
              value={name()}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="flex justify-end gap-2">
          <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
          <Button type="submit" look="primary">
            {props.action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
