import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createMemo, createSignal, createUniqueId, For, Index, type JSX, Show } from "solid-js";
import { Allowed, useMay } from "../session/allowed.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { inputClass } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { oneOf, textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { type Column, Table } from "../ui/table.tsx";
import { number, t } from "../words/words.ts";
import {
  grouped,
  labelNames,
  nextSort,
  readSort,
  type SortName,
  type SortWord,
  sorted,
  sortNames,
  sortWords,
} from "./order.ts";
import { consolePath } from "./paths.ts";
import { runnersQuery } from "./queries.ts";
import { RunnerRow } from "./runner-row.tsx";

const AddDialog = lazily(
  async () => (await import("./add-dialog.tsx")).AddDialog,
  [],
  () => null,
);
const RemoveDialog = lazily(
  async () => (await import("./remove-dialog.tsx")).RemoveDialog,
  [],
  () => null,
);
const UpgradePart = lazily(
  async () => (await import("./upgrade-part.tsx")).UpgradePart,
  ["upgrades"],
  () => null,
);

const search = { sort: oneOf(sortWords), group: textUpTo(120) };
const numbers: readonly SortName[] = ["cpu", "memory", "load"];
const narrow: readonly SortName[] = ["name", "status"];

/** The columns of the fleet; a press on a title puts the rows in its order. */
function columnsOf(current: SortWord, onSort: (word: SortWord) => void): Column[] {
  const { by, isDown } = readSort(current);
  const sortable = sortNames.map((name): Column => {
    const order = name === by ? (isDown ? "descending" : "ascending") : null;
    const look = { wide: !narrow.includes(name), right: numbers.includes(name) };
    return {
      title: t(`runners.${name}`),
      ...look,
      sorted: order,
      onSort: () => onSort(nextSort(current, name)),
    };
  });
  // On a narrow screen a runner's own page has them.
  return [...sortable, { title: t("runners.actions"), wide: true }];
}

/** The machines that run the work. */
export function RunnersPage(): JSX.Element {
  const runners = useQuery(runnersQuery);
  const mayManage = useMay("admin");
  const [isAdding, setAdding] = createSignal(false);
  const [removing, setRemoving] = createSignal<string | null>(null);
  const [params, setParams] = useSearch(search);
  const sort = () => params().sort ?? "name";
  const all = () => dataOf(runners) ?? [];
  const groups = createMemo(() =>
    grouped(sorted(all(), sort()), params().group).map((one) => ({
      ...one,
      names: one.runners.map(({ name }) => name),
    })),
  );
  const setSort = (word: SortWord) =>
    setParams({ sort: word === "name" ? undefined : word }, { replace: true });
  const labelOf = (title: string | null) => (title === null ? t("runners.group_none") : title);
  const nameOf = (title: string | null) =>
    params().group === undefined ? t("runners.title") : labelOf(title);
  const byName = createMemo(() => new Map(all().map((one) => [one.name, one])));
  const add = () => (
    <Allowed scope="admin">
      <Button look="primary" onClick={() => setAdding(true)}>
        <Icon name="plus" />
        {t("runners.add")}
      </Button>
    </Allowed>
  );
  return (
    <Page
      title={t("runners.title")}
      actions={
        <>
          <Allowed scope="execute">
            <A class={buttonClass()} href={consolePath()}>
              {t("runners.console")}
            </A>
          </Allowed>
          {add()}
        </>
      }
    >
      <Loaded query={runners}>
        {() => (
          <Show
            when={all().length > 0}
            fallback={
              <Empty title={t("runners.none")}>
                <p class="max-w-md text-muted">{t("runners.none_hint")}</p>
                {add()}
              </Empty>
            }
          >
            <UpgradePart runners={all()} />
            <GroupField
              labels={labelNames(all())}
              value={params().group}
              onChange={(group) => setParams({ group }, { replace: true })}
            />
            {/* By their place: a fleet in motion must not take a table from under the keys. */}
            <Index each={groups()}>
              {(group) => (
                <section class="grid min-w-0 gap-2" aria-label={nameOf(group().title)}>
                  <Show when={params().group !== undefined}>
                    <h2 class="font-semibold break-all">
                      {labelOf(group().title)} <span class="text-muted">{number(group().names.length)}</span>
                    </h2>
                  </Show>
                  <Table label={nameOf(group().title)} columns={columnsOf(sort(), setSort)}>
                    <For each={group().names}>
                      {(name) => (
                        <Show when={byName().get(name)}>
                          {(runner) => (
                            <RunnerRow
                              runner={runner()}
                              mayManage={mayManage()}
                              onRemove={() => setRemoving(name)}
                            />
                          )}
                        </Show>
                      )}
                    </For>
                  </Table>
                </section>
              )}
            </Index>
          </Show>
        )}
      </Loaded>
      <Show when={isAdding()}>
        <AddDialog onClose={() => setAdding(false)} />
      </Show>
      <Show when={removing()}>
        {(name) => <RemoveDialog name={name()} onClose={() => setRemoving(null)} />}
      </Show>
    </Page>
  );
}

/** By what the fleet stands in groups: nothing, the pool, or a label that somebody has. */
function GroupField(props: {
  labels: readonly string[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}): JSX.Element {
  const id = createUniqueId();
  return (
    <p class="flex flex-wrap items-center gap-2">
      <label for={id}>{t("runners.group")}</label>
      <select
        id={id}
        class={`${inputClass} max-w-xs`}
        value={props.value ?? ""}
        onChange={({ currentTarget: { value } }) => props.onChange(value === "" ? undefined : value)}
      >
        <option value="">{t("runners.group_by_nothing")}</option>
        <option value="pool">{t("runners.group_by_pool")}</option>
        <For each={props.labels}>{(name) => <option value={`label:${name}`}>{name}</option>}</For>
      </select>
    </p>
  );
}
