import type { BulkAction } from "@pulse/schema/wire/bulk";
import { A } from "@solidjs/router";
import { createSignal, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { lazily } from "../ui/lazily.tsx";
import { counted, t } from "../words/words.ts";
import { comparePath } from "./execution-row.tsx";

const ManyDialog = lazily(
  async () => (await import("./many-dialog.tsx")).ManyDialog,
  [],
  () => null,
);

/** What is done to many executions: those that are selected, or all that fit the filter; two that are selected are compared. */
export function ManyBar(props: {
  filter: string;
  /** The rows that stand. */
  ids: readonly string[];
  selected: ReadonlySet<string>;
  onSelect: (ids: readonly string[]) => void;
}): JSX.Element {
  const [asked, setAsked] = createSignal<{ action: BulkAction; of: string | readonly string[] } | null>(null);
  const ids = () => [...props.selected];
  const isAll = () => props.ids.length > 0 && props.ids.every((id) => props.selected.has(id));
  const meant = () => (ids().length > 0 ? ids() : props.filter);
  // The earlier one first.
  const compared = () => {
    const [before = "", after = ""] = ids().toSorted();
    return comparePath(before, after);
  };
  return (
    <div class="flex flex-wrap items-center gap-2">
      <label class="inline-flex min-h-8 items-center gap-2 pl-3 text-muted">
        <input
          type="checkbox"
          class="size-4"
          checked={isAll()}
          onChange={(event) => props.onSelect(event.currentTarget.checked ? props.ids : [])}
        />
        {ids().length === 0 ? t("executions.select_all") : counted("executions.selected", ids().length)}
      </label>
      <div class="ml-auto flex flex-wrap gap-2">
        <Show when={ids().length === 2}>
          <A class={buttonClass()} href={compared()}>
            {t("executions.compare")}
          </A>
        </Show>
        <Show when={ids().length > 0 || props.filter !== ""}>
          <Allowed scope="execute">
            <Button onClick={() => setAsked({ action: "replay", of: meant() })}>
              {t(ids().length > 0 ? "executions.replay_these" : "executions.replay_all")}
            </Button>
            <Button look="danger" onClick={() => setAsked({ action: "cancel", of: meant() })}>
              {t(ids().length > 0 ? "executions.cancel_these" : "executions.cancel_all")}
            </Button>
          </Allowed>
        </Show>
      </div>
      <Show when={asked()}>
        {(one) => <ManyDialog action={one().action} of={one().of} onClose={() => setAsked(null)} />}
      </Show>
    </div>
  );
}
