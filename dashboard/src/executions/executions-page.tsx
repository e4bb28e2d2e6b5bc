import { A } from "@solidjs/router";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import type { Search } from "../ui/read-search.ts";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { type Column, Table } from "../ui/table.tsx";
import { counted, t } from "../words/words.ts";
import { ExecutionRow } from "./execution-row.tsx";
import { type Filter, filterSearch } from "./filter.ts";
import { FilterBar } from "./filter-bar.tsx";
import { createStillList } from "./new-since.ts";
import { executionsQuery } from "./queries.ts";
import { keptMost } from "./told.ts";

const search = { ...filterSearch, cursor: textUpTo(500) };

const columns = (): Column[] => [
  { title: t("executions.status") },
  { title: t("executions.what") },
  { title: t("executions.runner"), wide: true },
  { title: t("executions.started") },
  { title: t("executions.took"), wide: true, right: true },
];

/** What ran, runs and waits, newest first. */
export function ExecutionsPage(): JSX.Element {
  const [params, setParams] = useSearch(search);
  const filter = (): Filter => {
    const { cursor: _, ...rest } = params();
    return rest;
  };
  const list = useQuery(() => ({
    ...executionsQuery(filter(), params().cursor),
    // The rows stay until those of the next filter are there.
    placeholderData: keepPreviousData,
  }));
  const page = () => dataOf(list);
  const still = createStillList(
    () => page()?.items,
    () => JSON.stringify([params(), list.isPlaceholderData]),
  );
  // The newest page as the gateway has it: of many that came there are older ones behind it.
  const showNew = async () => {
    await list.refetch();
    still.showNew();
  };
  const isFiltered = () => Object.values(filter()).some((one) => one !== undefined);
  const older = (cursor: string) =>
    `/executions?${new URLSearchParams({ ...texts(wireOf(params())), cursor })}`;
  const newest = () =>
    `/executions?${new URLSearchParams(texts({ ...wireOf(params()), cursor: undefined }))}`;
  return (
    <Page title={t("executions.title")}>
      <FilterBar
        filter={filter()}
        onChange={(patch) => setParams({ ...patch, cursor: undefined }, { replace: true })}
      />
      <Loaded query={list}>
        {(data) => (
          <Show
            when={still.ids().length > 0}
            fallback={
              <Show when={isFiltered()} fallback={<NoneYet />}>
                <Empty title={t("executions.none_fit")}>
                  <A class={buttonClass()} href="/executions">
                    {t("executions.clear")}
                  </A>
                </Empty>
              </Show>
            }
          >
            <div class="relative grid gap-3" classList={{ "opacity-60": list.isPlaceholderData }}>
              <div
                role="status"
                class="pointer-events-none sticky top-2 z-10 -mb-3 grid h-0 justify-items-center"
              >
                <Show when={params().cursor === undefined && still.newCount() > 0}>
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
              <Table label={t("executions.title")} columns={columns()}>
                <For each={still.ids()}>
                  {(id) => <Show when={still.view(id)}>{(view) => <ExecutionRow view={view()} />}</Show>}
                </For>
              </Table>
              <nav aria-label={t("executions.pages")} class="flex flex-wrap justify-center gap-2">
                <Show when={params().cursor}>
                  <A class={buttonClass()} href={newest()}>
                    {t("shell.newest")}
                  </A>
                </Show>
                <Show when={data().nextCursor}>
                  {(cursor) => (
                    <A class={buttonClass()} href={older(cursor())}>
                      {t("shell.older")}
                    </A>
                  )}
                </Show>
              </nav>
            </div>
          </Show>
        )}
      </Loaded>
    </Page>
  );
}

function NoneYet(): JSX.Element {
  return (
    <Empty title={t("executions.none")}>
      <p class="text-muted">{t("executions.none_hint")}</p>
      <A class={buttonClass("primary")} href="/functions">
        {t("shell.home")}
      </A>
    </Empty>
  );
}

/** The search as it stands in an address: lists joined by commas. */
function wireOf(params: Search<typeof search>) {
  return { ...params, status: params.status?.join(",") };
}

function texts(search: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(search).flatMap(([key, value]) => (value ? [[key, value]] : [])));
}
