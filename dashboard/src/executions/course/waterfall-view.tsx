import { A } from "@solidjs/router";
import { createMemo, For, type JSX, Show } from "solid-js";
import { lasting } from "../../ui/moment.tsx";
import { cellClass, Table } from "../../ui/table.tsx";
import { t } from "../../words/words.ts";
import { labelText } from "./label-text.ts";
import { type Look, type Row, type Span, waterfallOf } from "./spans.ts";

const fills: Readonly<Record<Look, string>> = {
  wait: "fill-edge",
  start: "fill-warn",
  load: "fill-busy",
  run: "fill-accent",
  ok: "fill-ok",
  bad: "fill-bad",
  warn: "fill-warn",
  busy: "fill-busy",
};
const indents = ["", "pl-3", "pl-6", "pl-9"];
const spansMost = 300;
const leastPercent = 0.7;

const idOf = (row: Row) => (row.span === null ? `gap:${row.gap.fromMs}` : row.span.id);

/** Spans over time: a table whose cells say in words what their bars show, with idle time as a row of its own. */
export function WaterfallView(props: { spans: readonly Span[]; nowMs: number }): JSX.Element {
  const waterfall = createMemo(() => waterfallOf(props.spans, props.nowMs, spansMost));
  const byId = createMemo(() => new Map(waterfall().rows.map((row) => [idOf(row), row])));
  const axis = () => waterfall().axis;
  return (
    <>
      <Table
        label={t("execution.timeline")}
        flush
        still={props.spans.every(({ href }) => href === null)}
        columns={[
          { title: t("executions.what") },
          { title: t("course.over_time") },
          { title: t("executions.took"), right: true },
        ]}
      >
        {/* By id: what has the focus stays while time goes on. */}
        <For each={[...byId().keys()]}>
          {(id) => (
            <Show when={byId().get(id)}>
              {(row) => (
                <Show when={spanOf(row())} fallback={<GapRow ms={lengthOf(row())} />}>
                  {(found) => {
                    const endMs = () => found().span.toMs ?? Math.max(props.nowMs, found().span.fromMs);
                    return (
                      <tr>
                        <NameCell span={found().span} depth={found().depth} />
                        <td class={`${cellClass({})} w-full min-w-20`}>
                          <Bar
                            span={found().span}
                            from={axis().place(found().span.fromMs)}
                            to={axis().place(endMs())}
                            gaps={axis().gaps}
                          />
                          <span class="sr-only">
                            {t("course.begins", { after: lasting(found().span.fromMs - axis().fromMs) })}
                          </span>
                        </td>
                        <td class={`${cellClass({ right: true })} whitespace-nowrap tabular-nums`}>
                          {lasting(endMs() - found().span.fromMs)}
                          <Show when={found().span.toMs === null}>
                            <span class="sr-only"> {t("course.goes_on")}</span>
                            <span aria-hidden="true">…</span>
                          </Show>
                        </td>
                      </tr>
                    );
                  }}
                </Show>
              )}
            </Show>
          )}
        </For>
      </Table>
      <Show when={waterfall().left > 0}>
        <p class="border-t border-line px-3 py-2 text-muted">
          {t("course.left", { shown: spansMost, left: waterfall().left })}
        </p>
      </Show>
    </>
  );
}

function spanOf(row: Row): { span: Span; depth: number } | null {
  return row.span === null ? null : { span: row.span, depth: row.depth };
}

function lengthOf({ gap }: Row): number {
  return gap === null ? 0 : gap.toMs - gap.fromMs;
}

function NameCell(props: { span: Span; depth: number }): JSX.Element {
  const name = () => labelText(props.span.label);
  return (
    <th scope="row" class={`${cellClass({})} font-normal`}>
      <div class={`max-w-32 min-w-20 sm:max-w-64 sm:min-w-44 ${indents[Math.min(props.depth, 3)]}`}>
        <Show
          when={props.span.href}
          fallback={<span class="inline-flex min-h-6 items-center">{name()}</span>}
        >
          {(href) => (
            <A
              href={href()}
              class="inline-flex min-h-6 max-w-full items-center break-words text-accent underline"
            >
              {name()}
            </A>
          )}
        </Show>
        <Show when={props.span.note}>
          {(note) => <p class="line-clamp-2 text-xs break-words text-muted">{labelText(note())}</p>}
        </Show>
      </div>
    </th>
  );
}

function Bar(props: {
  span: Span;
  from: number;
  to: number;
  gaps: readonly { fromPercent: number; widthPercent: number }[];
}): JSX.Element {
  return (
    <svg
      class="h-3 w-full rounded-sm bg-sunken"
      aria-hidden="true"
      preserveAspectRatio="none"
      viewBox="0 0 100 1"
    >
      <rect
        x={Math.min(props.from, 100 - leastPercent)}
        width={Math.max(props.to - props.from, leastPercent)}
        height="1"
        class={fills[props.span.look]}
      />
      {/* A cut through everything: here time is drawn short. */}
      <For each={props.gaps}>
        {(gap) => (
          <>
            <rect
              x={gap.fromPercent + gap.widthPercent * 0.4}
              width={gap.widthPercent * 0.2}
              height="1"
              class="fill-surface"
            />
          </>
        )}
      </For>
    </svg>
  );
}

function GapRow(props: { ms: number }): JSX.Element {
  return (
    <tr class="bg-sunken text-xs text-muted">
      <td colspan="3" class="px-3 py-1 text-center">
        {t("course.gap", { time: lasting(props.ms) })}
      </td>
    </tr>
  );
}
