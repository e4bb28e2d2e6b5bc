import { createSignal, For, type JSX, Show } from "solid-js";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { countOf, type Steps } from "./axis.ts";
import { stepInWords } from "./words.ts";

/** The numbers of a chart as a table, of the steps that have any; opened by who wants it. */
export function ChartTable(props: {
  label: string;
  steps: Steps;
  layers: readonly { name: string; counts: readonly (number | null)[] }[];
  shown: (value: number) => string;
}): JSX.Element {
  const [isOpen, setOpen] = createSignal(false);
  const steps = () =>
    Array.from({ length: countOf(props.steps) }, (_, step) => step).filter((step) =>
      props.layers.some(({ counts }) => (counts[step] ?? 0) !== 0),
    );
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="min-h-6 w-fit text-xs text-muted">{t("chart.table")}</summary>
      <Show when={isOpen()}>
        <Show when={steps().length > 0} fallback={<p class="py-2 text-muted">{t("chart.nothing")}</p>}>
          <Table
            label={props.label}
            columns={[
              { title: t("chart.time") },
              ...props.layers.map(({ name }) => ({ title: name, right: true })),
            ]}
          >
            <For each={steps()}>
              {(step) => (
                <tr>
                  <th scope="row" class={`${cellClass({})} font-normal whitespace-nowrap`}>
                    {stepInWords(props.steps, step)}
                  </th>
                  <For each={props.layers}>
                    {({ counts }) => (
                      <td class={`${cellClass({ right: true })} tabular-nums`}>
                        {typeof counts[step] === "number" ? props.shown(counts[step]) : "–"}
                      </td>
                    )}
                  </For>
                </tr>
              )}
            </For>
          </Table>
        </Show>
      </Show>
    </details>
  );
}
