import { useQuery } from "@tanstack/solid-query";
import { For, type JSX } from "solid-js";
import { FileDiff } from "../functions/file-diff.tsx";
import { type Compared, ComparePanel } from "../ui/compare-panel.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";
import { writeText } from "./model/read-text.ts";
import { readRevision } from "./queries.ts";

/** The definitions of two revisions with what differs between their texts. */
export function RevisionDiff(props: Compared & { name: string }): JSX.Element {
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
  return (
    <ComparePanel
      {...props}
      title={t("builder.compare_title", { from: String(props.from), to: String(props.to) })}
      words={{
        from: t("builder.compare_from"),
        to: t("builder.compare_to"),
        swap: t("builder.compare_swap"),
        close: t("builder.compare_close"),
      }}
      nameOf={String}
    >
      <Loaded query={texts}>
        {(both) => (
          // A list of one: another pair of texts is shown anew.
          <For each={[both()]}>{(one) => <FileDiff path={`${props.name}.yaml`} {...one} />}</For>
        )}
      </Loaded>
    </ComparePanel>
  );
}

function labelOf(revision: number): string {
  return t("builder.compare_text", { revision: String(revision) });
}
