import { createMemo, For, type JSX, Show } from "solid-js";
import { counted, t } from "../words/words.ts";

const barPx = 4;
const upPx = 18;
const downPx = 8;

/** Calls over time: what succeeded stands above the line, what failed hangs below it. The numbers are told in words too. */
export function Sparkline(props: { ok: readonly number[]; failed: readonly number[] }): JSX.Element {
  const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
  const most = createMemo(() => Math.max(1, ...props.ok, ...props.failed));
  // One call among thousands is still a line that can be seen.
  const height = (count: number, whole: number) =>
    count === 0 ? 0 : Math.max(1.5, (count / most()) * whole);
  const told = () =>
    `${t("functions.last_day")}: ${counted("functions.ok", sum(props.ok))}, ${counted("functions.failed", sum(props.failed))}`;
  return (
    <span class="inline-flex items-center gap-2 whitespace-nowrap">
      <svg
        role="img"
        aria-label={told()}
        width={props.ok.length * barPx}
        height={upPx + downPx}
        viewBox={`0 0 ${props.ok.length * barPx} ${upPx + downPx}`}
        class="shrink-0"
      >
        <title>{told()}</title>
        <path d={`M0 ${upPx}H${props.ok.length * barPx}`} class="stroke-line" stroke-width="1" />
        <For each={props.ok}>
          {(count, at) => (
            <rect
              x={at() * barPx}
              y={upPx - height(count, upPx)}
              width={barPx - 1}
              height={height(count, upPx)}
              class="fill-ok"
            />
          )}
        </For>
        <For each={props.failed}>
          {(count, at) => (
            <rect
              x={at() * barPx}
              y={upPx}
              width={barPx - 1}
              height={height(count, downPx)}
              class="fill-bad"
            />
          )}
        </For>
      </svg>
      <Show when={sum(props.failed) > 0}>
        <span class="text-xs text-bad" aria-hidden="true">
          {counted("functions.failed", sum(props.failed))}
        </span>
      </Show>
    </span>
  );
}
