import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
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

const columns = (): Column[] => [
  { title: t("runners.name") },
  { title: t("runners.status") },
  { title: t("runners.work"), wide: true },
  { title: t("runners.cpu"), wide: true, right: true },
  { title: t("runners.memory"), wide: true, right: true },
  { title: t("runners.load"), wide: true, right: true },
  { title: t("runners.seen"), wide: true },
  { title: t("runners.actions") },
];

/** The machines that run the work. */
export function RunnersPage(): JSX.Element {
  const runners = useQuery(runnersQuery);
  const [isAdding, setAdding] = createSignal(false);
  const [removing, setRemoving] = createSignal<string | null>(null);
  const names = () => (dataOf(runners) ?? []).map(({ name }) => name);
  const byName = (name: string) => dataOf(runners)?.find((one) => one.name === name);
  const add = () => (
    <Button look="primary" onClick={() => setAdding(true)}>
      <Icon name="plus" />
      {t("runners.add")}
    </Button>
  );
  return (
    <Page
      title={t("runners.title")}
      actions={
        <>
          <A class={buttonClass()} href={consolePath()}>
            {t("runners.console")}
          </A>
          {add()}
        </>
      }
    >
      <Loaded query={runners}>
        {() => (
          <Show
            when={names().length > 0}
            fallback={
              <Empty title={t("runners.none")}>
                <p class="max-w-md text-muted">{t("runners.none_hint")}</p>
                {add()}
              </Empty>
            }
          >
            <Table label={t("runners.title")} columns={columns()}>
              <For each={names()}>
                {(name) => (
                  <Show when={byName(name)}>
                    {(runner) => <RunnerRow runner={runner()} onRemove={() => setRemoving(name)} />}
                  </Show>
                )}
              </For>
            </Table>
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
