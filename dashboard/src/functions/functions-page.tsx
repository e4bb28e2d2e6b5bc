import { A } from "@solidjs/router";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createMemo, For, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { buttonClass } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { Empty } from "../ui/empty.tsx";
import { inputClass } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { useShortcuts } from "../ui/shortcuts.ts";
import { Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { FunctionRow, type ListedFunction } from "./function-row.tsx";
import { draftsQuery, functionsQuery, statsQuery } from "./queries.ts";

const search = { q: textUpTo(100) };

/** All functions and drafts, with how the last day went. */
export function FunctionsPage(): JSX.Element {
  const [params, setParams] = useSearch(search);
  let field: HTMLInputElement | undefined;
  useShortcuts([{ press: { keys: ["/"] }, name: "functions.search", run: () => field?.focus() }]);
  const functions = useQuery(functionsQuery);
  const drafts = useQuery(draftsQuery);
  const names = createMemo(() => (dataOf(functions) ?? []).map(({ name }) => name));
  // What is shown stays while a function comes or goes.
  const stats = useQuery(() => ({ ...statsQuery(names()), placeholderData: keepPreviousData }));
  const listed = createMemo((): readonly ListedFunction[] => {
    const deployed = dataOf(functions) ?? [];
    const draftOf = new Map((dataOf(drafts) ?? []).map((one) => [one.name, one]));
    const made = deployed.map((view) => ({ name: view.name, view, draft: draftOf.get(view.name) ?? null }));
    const known = new Set(names());
    const toBe = [...draftOf.values()].filter(({ name }) => !known.has(name));
    return [...made, ...toBe.map((draft) => ({ name: draft.name, view: null, draft }))].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  });
  const fitting = createMemo(() => {
    const text = (params().q ?? "").trim().toLowerCase();
    return listed().filter(({ name }) => name.includes(text));
  });
  return (
    <Page
      title={t("shell.functions")}
      actions={
        <Allowed scope="deploy">
          <A href="/functions/_new" class={buttonClass("primary")}>
            <Icon name="plus" />
            {t("functions.new")}
          </A>
        </Allowed>
      }
    >
      <Loaded query={functions}>
        {() => (
          <Show when={listed().length > 0} fallback={<FirstFunction />}>
            <search>
              <input
                ref={field}
                type="search"
                class={`${inputClass} max-w-sm`}
                aria-label={t("functions.search")}
                placeholder={t("functions.search")}
                value={params().q ?? ""}
                onInput={(event) =>
                  setParams({ q: event.currentTarget.value || undefined }, { replace: true })
                }
              />
            </search>
            <Show
              when={fitting().length > 0}
              fallback={<Empty title={t("functions.none_fit", { text: params().q ?? "" })} />}
            >
              <Table
                label={t("shell.functions")}
                columns={[
                  { title: t("functions.name") },
                  { title: t("functions.runtime"), wide: true },
                  { title: t("functions.live") },
                  { title: t("functions.last_run") },
                  { title: t("functions.last_day"), wide: true },
                  { title: t("functions.p95"), wide: true, right: true },
                ]}
              >
                <For each={fitting()}>
                  {(one) => (
                    <FunctionRow
                      one={one}
                      stats={dataOf(stats)?.get(one.name) ?? null}
                      isCounted={dataOf(stats) !== undefined}
                    />
                  )}
                </For>
              </Table>
            </Show>
          </Show>
        )}
      </Loaded>
    </Page>
  );
}

/** The first step where no function is: in the browser, or in a terminal. */
function FirstFunction(): JSX.Element {
  const lines = () => `pulse init python hello && cd hello && pulse deploy --gateway ${location.origin}`;
  return (
    <Empty title={t("functions.none")}>
      <p class="text-muted">{t("functions.none_hint")}</p>
      <Allowed scope="deploy">
        <A href="/functions/_new" class={buttonClass("primary")}>
          <Icon name="plus" />
          {t("functions.new")}
        </A>
      </Allowed>
      <p class="mt-2 text-muted">{t("functions.none_cli")}</p>
      <CodeText text={lines()} label={t("functions.none_cli")} class="max-w-full text-left" />
    </Empty>
  );
}
