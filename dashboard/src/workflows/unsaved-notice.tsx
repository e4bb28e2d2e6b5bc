import { type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Moment } from "../ui/moment.tsx";
import { t } from "../words/words.ts";

/** Says that changes are kept which nobody saved, and whether somebody else saved the definition since they began. */
export function UnsavedNotice(props: {
  /** When they were last changed, epoch milliseconds. */
  at: number;
  isOvertaken: boolean;
  onSaveOver: () => void;
}): JSX.Element {
  return (
    <div
      role="status"
      class="grid justify-items-start gap-2 rounded-md border border-edge bg-warn-soft px-3 py-2"
    >
      <p>
        {t("workflows.unsaved")} <Moment at={new Date(props.at).toISOString()} />
      </p>
      <Show when={props.isOvertaken}>
        <p>{t("workflows.overtaken")}</p>
        <Button onClick={() => props.onSaveOver()}>{t("workflows.save_over")}</Button>
      </Show>
    </div>
  );
}
