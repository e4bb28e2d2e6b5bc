import { useQuery } from "@tanstack/solid-query";
import { For, type JSX } from "solid-js";
import { FileDiff } from "../functions/file-diff.tsx";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Panel } from "../ui/panel.tsx";
import { t } from "../words/words.ts";
import { writeText } from "./model/read-text.ts";
import { readRevision } from "./queries.ts";

const mostChoices = 500;

/** The definitions of two revisions with what differs between their texts. */
export function RevisionDiff(props: {
  name: string;
  latest: number;
  from: number;
  to: number;
  onCompare: (from: number, to: number) => void;
  onClose: () => void;
}): JSX.Element {
  const texts = useQuery(() => ({
    queryKey: ["workflows", "compared", props.name, props.from, props.to],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const { name, from, to } = props;
      const both = await Promise.all([from, to].map((one) => readRevision(name, one, signal)));
      const [before = "", after = ""] = both.map(({ definition }) => writeText(definition, false));
      return { before, after, labelBefore: labelOf(from), labelAfter: labelOf(to) };
    },
    staleTime: Number.POSITIVE_INFINITY,
  }));
  const choices = () =>
    Array.from({ length: Math.min(props.latest, mostChoices) }, (_, i) => props.latest - i);
  const choice = (label: string, value: number, onChange: (revision: number) => void) => (
    <Field label={label}>
      {(ids) => (
        <select
          {...ids}
          class={`${inputClass} w-24!`}
          onChange={(event) => onChange(Number(event.currentTarget.value))}
        >
          <For each={choices()}>
            {(one) => (
              <option value={one} selected={one === value}>
                {one}
              </option>
            )}
          </For>
        </select>
      )}
    </Field>
  );
  return (
    <Panel
      title={t("builder.compare_title", { from: String(props.from), to: String(props.to) })}
      actions={
        <Button look="quiet" aria-label={t("builder.compare_close")} onClick={() => props.onClose()}>
          <Icon name="cross" />
        </Button>
      }
    >
      <div class="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div class="flex flex-wrap items-end gap-3">
          {choice(t("builder.compare_from"), props.from, (from) => props.onCompare(from, props.to))}
          {choice(t("builder.compare_to"), props.to, (to) => props.onCompare(props.from, to))}
          <Button onClick={() => props.onCompare(props.to, props.from)}>{t("builder.compare_swap")}</Button>
        </div>
        <Loaded query={texts}>
          {(both) => (
            // A list of one: another pair of texts is shown anew.
            <For each={[both()]}>{(one) => <FileDiff path={`${props.name}.yaml`} {...one} />}</For>
          )}
        </Loaded>
      </div>
    </Panel>
  );
}

function labelOf(revision: number): string {
  return t("builder.compare_text", { revision: String(revision) });
}
