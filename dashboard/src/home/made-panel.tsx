import { countedMost } from "@pulse/schema/overview";
import type { Overview } from "@pulse/schema/wire/overview";
import { createMemo, For, type JSX, Show } from "solid-js";
import { Panel } from "../ui/panel.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { timeFormat } from "../words/formats.ts";
import { counted, language, number, t } from "../words/words.ts";
import { type Bar, barsOf, type Family } from "./bars.ts";

const barPx = 12;
const gapPx = 2;
const highPx = 48;
const fills: Readonly<Record<Family, string>> = {
  succeeded: "fill-ok",
  failed: "fill-bad",
  other: "fill-edge",
  live: "fill-busy",
};

/** Executions of the last day by status: a picture, and the same as numbers. */
export function MadePanel(props: { overview: Overview }): JSX.Element {
  const bars = createMemo(() =>
    barsOf(props.overview.made, Date.parse(props.overview.from), props.overview.stepMs),
  );
  const total = () => bars().reduce((sum, { total: one }) => sum + one, 0);
  const width = () => bars().length * barPx;
  const hour = (at: number) =>
    timeFormat(language(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
  const told = ({ counts }: Bar) =>
    counts.map(({ status, count }) => `${number(count)} ${t(`status.${status}`)}`).join(", ");
  return (
    <Panel title={t("home.day")}>
      <Show when={total() > 0} fallback={<p class="text-muted">{t("home.made_none")}</p>}>
        <div class="grid gap-3">
          <p>{counted("home.made", total())}</p>
          <Show when={!props.overview.isWhole}>
            <p class="text-xs text-muted">{t("home.made_most", { most: countedMost })}</p>
          </Show>
          <svg
            role="img"
            aria-label={`${t("home.day")}: ${counted("home.made", total())}`}
            viewBox={`0 0 ${width()} ${highPx}`}
            class="h-auto max-h-40 w-full"
          >
            <path d={`M0 ${highPx - 0.5}H${width()}`} class="stroke-line" stroke-width="1" />
            <For each={bars()}>
              {(bar, at) => (
                <g>
                  <title>{t("home.bar", { at: hour(bar.at), counts: told(bar) })}</title>
                  <For each={bar.parts}>
                    {(part) => (
                      <rect
                        x={at() * barPx + gapPx / 2}
                        y={highPx - part.to * highPx}
                        width={barPx - gapPx}
                        // One among thousands is still a line that can be seen.
                        height={Math.max(1.5, (part.to - part.from) * highPx)}
                        class={fills[part.family]}
                      />
                    )}
                  </For>
                </g>
              )}
            </For>
          </svg>
          <details>
            <summary class="min-h-6 font-medium">{t("home.table")}</summary>
            <div class="mt-2">
              <Table
                label={t("home.day")}
                columns={[{ title: t("home.hour") }, { title: t("home.day"), right: true }]}
              >
                <For each={bars().filter((bar) => bar.total > 0)}>
                  {(bar) => (
                    <tr>
                      <td class={cellClass({})}>{hour(bar.at)}</td>
                      <td class={cellClass({ right: true })}>{told(bar)}</td>
                    </tr>
                  )}
                </For>
              </Table>
            </div>
          </details>
        </div>
      </Show>
    </Panel>
  );
}
