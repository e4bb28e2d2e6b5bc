import { readFilter } from "@pulse/schema/filter/read-filter";
import { A } from "@solidjs/router";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { type Column, Table } from "../ui/table.tsx";
import { counted, t } from "../words/words.ts";
import { ExecutionRow } from "./execution-row.tsx";
import { executionsPath, filterOf, filterSearch } from "./filter.ts";
import { FilterBar } from "./filter-bar.tsx";
import { ManyBar } from "./many-bar.tsx";
import { createStillList } from "./new-since.ts";
import { executionsQuery } from "./queries.ts";
import { keptMost } from "./told.ts";

const ExecutionsChart = lazily(
  async () => (await import("./executions-chart.tsx")).ExecutionsChart,
  ["charts"],
  // The list does not move when it comes.
  () => <div class="h-52" />,
);

const search = { ...filterSearch, cursor: textUpTo(500) };

const columns = (): Column[] => [
  { title: t("executions.select") },
  { title: t("executions.status") },
  { title: t("executions.what") },
  { title: t("executions.runner"), wide: true },
  { title: t("executions.started"), wide: true },
  { title: t("executions.took"), wide: true, right: true },
];

/** What ran, runs and waits, newest first. */
export function ExecutionsPage(): JSX.Element {
  const [params, setParams] = useSearch(search);
  const filter = () => filterOf(params());
  const cursor = () => params().cursor;
  const [selected, setSelected] = createSignal<ReadonlySet<string>>(new Set());
  // What the field says to be wrong is not asked: the gateway would say it again.
  const isRead = createMemo(() => readFilter(filter()).findings.length === 0);
  const list = useQuery(() => ({
    ...executionsQuery(filter(), cursor()),
    enabled: isRead(),
    // The rows stay until those of the next filter are there.
    placeholderData: keepPreviousData,
  }));
  const page = () => dataOf(list);
  const still = createStillList(
    () => page()?.items,
    () => JSON.stringify([params(), list.isPlaceholderData]),
  );
  createEffect(on([filter, cursor], () => setSelected(new Set<string>()), { defer: true }));
  const setFilter = (text: string) => {
    const parts = {
      kind: undefined,
      status: undefined,
      name: undefined,
      runner: undefined,
      since: undefined,
      q: undefined,
    };
    setParams({ ...parts, filter: text || undefined, cursor: undefined }, { replace: true });
  };
  // The newest page as the gateway has it: of many that came there are older ones behind it.
  const showNew = async () => {
    await list.refetch();
    still.showNew();
    // The button is gone: whoever uses the keyboard goes on at the newest.
    if (document.activeElement === document.body)
      document.querySelector<HTMLElement>("main tbody a")?.focus();
  };
  const select = (id: string, isSelected: boolean) =>
    setSelected((before) => {
      const next = new Set(before);
      if (isSelected) next.add(id);
      else next.delete(id);
      return next;
    });
  return (
    <Page title={t("executions.title")}>
      <FilterBar filter={filter()} onChange={setFilter} />
      <Show when={isRead()}>
        {/* As high as the chart is, so that the list does not jump when it comes. */}
        <div class="min-h-54">
          <ExecutionsChart filter={filter()} onChange={setFilter} />
        </div>
        <Loaded query={list}>
          {(data) => (
            <Show
              when={still.ids().length > 0}
              fallback={
                <Show when={filter() !== ""} fallback={<NoneYet />}>
                  <Empty
                    title={t(data().nextCursor === null ? "executions.none_fit" : "executions.none_so_far")}
                  >
                    <Show
                      when={data().nextCursor}
                      fallback={
                        <A class={buttonClass()} href="/executions">
                          {t("executions.clear")}
                        </A>
                      }
                    >
                      {(next) => (
                        <A class={buttonClass()} href={executionsPath(filter(), next())}>
                          {t("executions.look_on")}
                        </A>
                      )}
                    </Show>
                  </Empty>
                </Show>
              }
            >
              <div
                class="relative grid grid-cols-[minmax(0,1fr)] gap-3"
                classList={{ "opacity-60": list.isPlaceholderData }}
              >
                <div
                  role="status"
                  class="pointer-events-none sticky top-2 z-10 -mb-3 grid h-0 justify-items-center"
                >
                  <Show when={cursor() === undefined && still.newCount() > 0}>
                    <Button
                      look="primary"
                      class="pointer-events-auto h-8 rounded-full! shadow-md"
                      onClick={() => void showNew()}
                    >
                      {data().items.length < keptMost
                        ? counted("executions.new", still.newCount())
                        : t("executions.new_many", { count: still.newCount() })}
                    </Button>
                  </Show>
                </div>
                <ManyBar
                  filter={filter()}
                  ids={still.ids()}
                  selected={selected()}
                  onSelect={(ids) => setSelected(new Set(ids))}
                />
                <Table label={t("executions.title")} columns={columns()}>
                  <For each={still.ids()}>
                    {(id) => (
                      <Show when={still.view(id)}>
                        {(view) => (
                          <ExecutionRow
                            view={view()}
                            selected={selected().has(id)}
                            onSelect={(is) => select(id, is)}
                          />
                        )}
                      </Show>
                    )}
                  </For>
                </Table>
                <nav aria-label={t("executions.pages")} class="flex flex-wrap justify-center gap-2">
                  <Show when={cursor()}>
                    <A class={buttonClass()} href={executionsPath(filter())}>
                      {t("shell.newest")}
                    </A>
                  </Show>
                  <Show when={data().nextCursor}>
                    {(next) => (
                      <A class={buttonClass()} href={executionsPath(filter(), next())}>
                        {t("shell.older")}
                      </A>
                    )}
                  </Show>
                </nav>
              </div>
            </Show>
          )}
        </Loaded>
      </Show>
    </Page>
  );
}

function NoneYet(): JSX.Element {
  return (
    <Empty title={t("executions.none")}>
      <p class="text-muted">{t("executions.none_hint")}</p>
      <A class={buttonClass("primary")} href="/functions">
        {t("shell.functions")}
      </A>
    </Empty>
  );
}
