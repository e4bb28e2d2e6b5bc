import type { WorkflowView } from "@pulse/schema/wire/workflows";
import { A, useParams } from "@solidjs/router";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { comparePath, ExecutionRow } from "../executions/execution-row.tsx";
import { executionsQuery } from "../executions/queries.ts";
import { Allowed } from "../session/allowed.tsx";
import { EnabledBadge } from "../triggers/enabled-badge.tsx";
import { RemoveButton } from "../triggers/remove-button.tsx";
import { ActButton } from "../ui/act-button.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { OlderNav } from "../ui/older-nav.tsx";
import { Page } from "../ui/page.tsx";
import { oneOf, textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { t } from "../words/words.ts";
import { DefinitionTab } from "./definition-tab.tsx";
import { removeWorkflow, setWorkflowEnabled, workflowQuery } from "./queries.ts";
import { RevisionsTab } from "./revisions-tab.tsx";
import { RunDialog } from "./run-dialog.tsx";

const search = {
  tab: oneOf(["runs", "definition", "revisions"]),
  cursor: textUpTo(500),
  run: oneOf(["now"]),
};

/** One workflow: its runs, its definition and its revisions. */
export function WorkflowPage(): JSX.Element {
  const params = useParams<{ name: string }>();
  const [place, setPlace] = useSearch(search);
  const workflow = useQuery(() => workflowQuery(params.name));
  const [isAsked, setAsked] = createSignal(place().run === "now");
  const view = () => dataOf(workflow);
  return (
    <Page
      title={params.name}
      actions={
        <Show when={view()}>
          {(one) => (
            <>
              <Allowed scope="execute">
                <Button look="primary" disabled={!one().enabled} onClick={() => setAsked(true)}>
                  <Icon name="play" />
                  {t("workflows.run")}
                </Button>
              </Allowed>
              <Allowed scope="deploy">
                <ActButton
                  name={t(one().enabled ? "triggers.disable" : "triggers.enable")}
                  act={() => setWorkflowEnabled(params.name, !one().enabled)}
                />
                <RemoveButton
                  name={params.name}
                  hint={t("workflows.remove_hint")}
                  back={"/workflows"}
                  act={() => removeWorkflow(params.name)}
                />
              </Allowed>
            </>
          )}
        </Show>
      }
    >
      <Loaded query={workflow}>
        {(one) => (
          <>
            <Head workflow={one()} />
            <Tabs
              label={t("workflows.parts")}
              value={place().tab ?? "runs"}
              onChange={(tab) => setPlace({ tab, cursor: undefined }, { replace: true })}
              tabs={[
                {
                  name: "runs",
                  title: t("workflows.runs"),
                  content: () => (
                    <Runs
                      name={params.name}
                      cursor={place().cursor}
                      onGo={(cursor) => setPlace({ cursor })}
                    />
                  ),
                },
                {
                  name: "definition",
                  title: t("workflows.definition"),
                  content: () => <DefinitionTab workflow={one()} />,
                },
                {
                  name: "revisions",
                  title: t("workflows.revisions"),
                  content: () => (
                    <RevisionsTab
                      name={params.name}
                      latest={one().revision}
                      cursor={place().cursor}
                      onGo={(cursor) => setPlace({ cursor })}
                    />
                  ),
                },
              ]}
            />
          </>
        )}
      </Loaded>
      <Show when={isAsked() && view()}>
        {(one) => (
          <RunDialog
            name={params.name}
            inputs={one().definition.inputs ?? {}}
            onClose={() => {
              setAsked(false);
              if (place().run !== undefined) setPlace({ run: undefined }, { replace: true });
            }}
          />
        )}
      </Show>
    </Page>
  );
}

function Head(props: { workflow: WorkflowView }): JSX.Element {
  return (
    <div class="-mt-2 grid grid-cols-[minmax(0,1fr)] gap-1">
      <Show when={props.workflow.description}>{(text) => <p class="break-words">{text()}</p>}</Show>
      <p class="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
        <EnabledBadge enabled={props.workflow.enabled} />
        <span>{t("workflows.revision", { revision: props.workflow.revision })}</span>
        <Moment at={props.workflow.updatedAt} />
        <Show when={props.workflow.disabled}>
          {(disabled) => (
            <span>
              {disabled().by}
              <Show when={disabled().reason}>{(reason) => <>: {reason()}</>}</Show>
            </span>
          )}
        </Show>
      </p>
    </div>
  );
}

function Runs(props: {
  name: string;
  cursor: string | undefined;
  onGo: (cursor: string | undefined) => void;
}): JSX.Element {
  const runs = useQuery(() => ({
    ...executionsQuery({ name: props.name, kind: "workflow" }, props.cursor),
    placeholderData: keepPreviousData,
  }));
  const [selected, setSelected] = createSignal<ReadonlySet<string>>(new Set());
  // The earlier one first; of those that stand.
  const compared = (ids: readonly string[]) => {
    const [before, after, ...others] = ids.filter((id) => selected().has(id)).toSorted();
    return before !== undefined && after !== undefined && others.length === 0
      ? comparePath(before, after)
      : null;
  };
  return (
    <Loaded query={runs}>
      {(page) => (
        <Show
          when={page().items.length > 0}
          fallback={<p class="py-6 text-center text-muted">{t("workflows.no_runs")}</p>}
        >
          <div class="mb-2 flex min-h-8 flex-wrap items-center gap-3">
            <Show
              when={compared(page().items.map(({ id }) => id))}
              fallback={<p class="text-muted">{t("workflows.select_two")}</p>}
            >
              {(path) => (
                <A class={buttonClass()} href={path()}>
                  {t("executions.compare")}
                </A>
              )}
            </Show>
          </div>
          <Table
            label={t("workflows.runs")}
            columns={[
              { title: t("executions.select") },
              { title: t("executions.status") },
              { title: t("executions.what") },
              { title: t("executions.runner"), wide: true },
              { title: t("executions.started"), wide: true },
              { title: t("executions.took"), wide: true, right: true },
            ]}
          >
            <For each={page().items}>
              {(view) => (
                <ExecutionRow
                  view={view}
                  selected={selected().has(view.id)}
                  onSelect={(is) =>
                    setSelected(
                      (before) =>
                        new Set([...before].filter((id) => id !== view.id).concat(is ? view.id : [])),
                    )
                  }
                />
              )}
            </For>
          </Table>
          <OlderNav
            label={t("workflows.runs")}
            cursor={props.cursor}
            next={page().nextCursor}
            onGo={(cursor) => props.onGo(cursor)}
          />
        </Show>
      )}
    </Loaded>
  );
}
