import type { ExecutionView } from "@pulse/schema/wire/executions";
import { A } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import { lasting, Moment } from "../ui/moment.tsx";
import { cellClass } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { ExecutionStatusBadge } from "./execution-status.tsx";

/** The address of an execution's page. */
export function executionPath(id: string): string {
  return `/executions/${encodeURIComponent(id)}`;
}

/** The address of the comparison of two executions. */
export function comparePath(before: string, after: string): string {
  return `${executionPath(before)}/compare/${encodeURIComponent(after)}`;
}

/** How long an execution ran, in milliseconds; null while it does. */
export function tookMs({ startedAt, endedAt }: Pick<ExecutionView, "startedAt" | "endedAt">): number | null {
  return startedAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt);
}

/** An execution as a row of a list; in one that acts on many it can be selected. */
export function ExecutionRow(props: {
  view: ExecutionView;
  selected?: boolean;
  onSelect?: (isSelected: boolean) => void;
}): JSX.Element {
  const took = () => tookMs(props.view);
  return (
    <tr class="hover:bg-sunken" classList={{ "bg-accent-soft": props.selected === true }}>
      <Show when={props.onSelect}>
        {(onSelect) => (
          <td class={`${cellClass({})} w-8`}>
            <input
              type="checkbox"
              class="block size-6 p-1"
              aria-label={t("executions.select_one", { name: props.view.name, id: props.view.id })}
              checked={props.selected === true}
              onChange={(event) => onSelect()(event.currentTarget.checked)}
            />
          </td>
        )}
      </Show>
      <td class={cellClass({})}>
        <ExecutionStatusBadge status={props.view.status} />
      </td>
      <td class={`${cellClass({})} w-full max-w-0 min-w-28`}>
        <A
          href={executionPath(props.view.id)}
          class="flex min-h-6 flex-wrap items-center gap-x-2 hover:underline"
        >
          <span class="max-w-full truncate font-medium">{props.view.name}</span>
          <Show when={props.view.version}>{(version) => <span class="text-muted">v{version()}</span>}</Show>
          <Show when={props.view.kind !== "function" || props.view.trigger.type === "draft"}>
            <span class="text-xs text-muted">
              {props.view.trigger.type === "draft" ? t("trigger.draft") : t(`kind.${props.view.kind}`)}
            </span>
          </Show>
        </A>
        {/* While it runs again, that is the error of the attempt before. */}
        <Show when={props.view.status !== "running" && props.view.error}>
          {(error) => <p class="truncate text-xs text-muted">{error().message.slice(0, 300)}</p>}
        </Show>
        {/* It has a column of its own where there is room for one. */}
        <p class="text-xs text-muted md:hidden">
          <Moment at={props.view.createdAt} />
        </p>
      </td>
      <td class={`${cellClass({ wide: true })} whitespace-nowrap`}>{props.view.runner ?? "–"}</td>
      <td class={cellClass({ wide: true })}>
        <Moment at={props.view.createdAt} />
      </td>
      <td class={`${cellClass({ wide: true, right: true })} whitespace-nowrap tabular-nums`}>
        <Show when={took() !== null} fallback="–">
          {lasting(took() ?? 0)}
        </Show>
      </td>
    </tr>
  );
}
