import { withField } from "@pulse/schema/filter/edit-filter";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { ExecutionRow } from "../executions/execution-row.tsx";
import { executionsPath } from "../executions/filter.ts";
import { createStillList } from "../executions/new-since.ts";
import { executionsQuery } from "../executions/queries.ts";
import { Button, buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Table } from "../ui/table.tsx";
import { counted, t } from "../words/words.ts";

/** The newest executions of a function, and the way to all of them. */
export function FunctionExecutions(props: { name: string }): JSX.Element {
  const list = useQuery(() => executionsQuery({ name: props.name }, undefined));
  const still = createStillList(
    () => dataOf(list)?.items,
    () => props.name,
  );
  return (
    <Loaded query={list}>
      {() => (
        <Show
          when={still.ids().length > 0}
          fallback={<Empty title={t("executions.none")}>{t("executions.none_hint")}</Empty>}
        >
          <div class="grid gap-3">
            <div class="flex flex-wrap items-center gap-3">
              <p role="status">
                <Show when={still.newCount() > 0}>
                  <Button look="primary" onClick={() => still.showNew()}>
                    {counted("executions.new", still.newCount())}
                  </Button>
                </Show>
              </p>
              <A
                class={`${buttonClass()} ml-auto`}
                href={executionsPath(withField("", "name", [props.name]))}
              >
                {t("function.all_executions")}
              </A>
            </div>
            <Table
              label={t("executions.title")}
              columns={[
                { title: t("executions.status") },
                { title: t("executions.what") },
                { title: t("executions.runner"), wide: true },
                { title: t("executions.started"), wide: true },
                { title: t("executions.took"), wide: true, right: true },
              ]}
            >
              <For each={still.ids()}>
                {(id) => <Show when={still.view(id)}>{(view) => <ExecutionRow view={view()} />}</Show>}
              </For>
            </Table>
          </div>
        </Show>
      )}
    </Loaded>
  );
}
