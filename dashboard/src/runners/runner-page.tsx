import type { RunnerView } from "@pulse/schema/wire/runners";
import { A, useNavigate, useParams } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { ExecutionRow } from "../executions/execution-row.tsx";
import { executionsQuery } from "../executions/queries.ts";
import { Allowed } from "../session/allowed.tsx";
import { ActButton } from "../ui/act-button.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Page } from "../ui/page.tsx";
import { Panel } from "../ui/panel.tsx";
import { Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { factsOf } from "./facts-of.ts";
import { MeasureView } from "./measure-view.tsx";
import { measures, measureWords } from "./measures.ts";
import { consolePath } from "./paths.ts";
import { runnersQuery, setDraining } from "./queries.ts";
import { RunnerStatusBadge } from "./runner-status.tsx";

const LabelsDialog = lazily(
  async () => (await import("./labels-dialog.tsx")).LabelsDialog,
  [],
  () => null,
);
const RemoveDialog = lazily(
  async () => (await import("./remove-dialog.tsx")).RemoveDialog,
  [],
  () => null,
);

/** One runner: whether it takes work, what its machine does, and what it ran. */
export function RunnerPage(): JSX.Element {
  const params = useParams<{ name: string }>();
  const navigate = useNavigate();
  const runners = useQuery(runnersQuery);
  const [isLabelling, setLabelling] = createSignal(false);
  const [isRemoving, setRemoving] = createSignal(false);
  const runner = () => dataOf(runners)?.find(({ name }) => name === params.name);
  const leave = () => {
    setRemoving(false);
    // It is gone, unless the person thought better of it.
    if (runner() === undefined) navigate("/runners");
  };
  return (
    <Page
      title={params.name}
      actions={
        <Show when={runner()}>
          {(one) => (
            <>
              <Allowed scope="execute">
                <A class={buttonClass()} href={consolePath(one().name)}>
                  {t("runners.console")}
                </A>
              </Allowed>
              <Allowed scope="admin">
                <Button onClick={() => setLabelling(true)}>{t("runners.edit_labels")}</Button>
                <ActButton
                  name={t(one().state === "draining" ? "runners.resume" : "runners.drain")}
                  act={() => setDraining(one().name, one().state !== "draining")}
                />
                <Button look="danger" onClick={() => setRemoving(true)}>
                  {t("runners.remove")}
                </Button>
              </Allowed>
            </>
          )}
        </Show>
      }
    >
      <Loaded query={runners}>
        {() => (
          <Show
            when={runner()}
            fallback={
              <Empty title={t("runners.not_there")}>
                <A class={buttonClass()} href="/runners">
                  {t("runners.to_all")}
                </A>
              </Empty>
            }
          >
            {(one) => (
              <>
                <div class="grid items-start gap-4 lg:grid-cols-2">
                  <About runner={one()} />
                  <Machine runner={one()} />
                </div>
                <Work name={one().name} />
              </>
            )}
          </Show>
        )}
      </Loaded>
      <Show when={isLabelling() && runner()}>
        {(one) => <LabelsDialog runner={one()} onClose={() => setLabelling(false)} />}
      </Show>
      <Show when={isRemoving()}>
        <RemoveDialog name={params.name} onClose={leave} />
      </Show>
    </Page>
  );
}

function About(props: { runner: RunnerView }): JSX.Element {
  const labels = () => Object.entries(props.runner.labels);
  const warm = () => props.runner.warm ?? [];
  return (
    <Panel title={t("runners.about")}>
      <Facts>
        <Fact name={t("runners.status")}>
          <RunnerStatusBadge runner={props.runner} />
          <Show when={props.runner.preparing}>
            {(why) => <p class="text-xs break-words text-muted">{why()}</p>}
          </Show>
        </Fact>
        <Fact name={t("runners.field_pool")}>{props.runner.pool}</Fact>
        <Fact name={t("runners.field_labels")}>
          <Show when={labels().length > 0} fallback={<span class="text-muted">–</span>}>
            <span class="flex flex-wrap gap-1">
              <For each={labels()}>
                {([key, value]) => (
                  <span class="rounded border border-line px-1 text-xs break-all">
                    {key}={value}
                  </span>
                )}
              </For>
            </span>
          </Show>
        </Fact>
        <Fact name={t("runners.work")}>
          {t("runners.busy", { running: props.runner.running, slots: props.runner.slots })}
        </Fact>
        <Fact name={t("runners.warm_functions")}>
          <Show when={warm().length > 0} fallback={<span class="text-muted">–</span>}>
            {warm()
              .map(({ function: name, version }) => `${name}@${version}`)
              .join(", ")}
          </Show>
        </Fact>
        <Fact name={t("runners.version")}>{props.runner.version ?? "–"}</Fact>
        <Fact name={t("runners.seen")}>
          <Moment at={props.runner.lastSeenAt} />
        </Fact>
      </Facts>
    </Panel>
  );
}

function Machine(props: { runner: RunnerView }): JSX.Element {
  return (
    <Panel title={t("runners.machine")}>
      <Facts>
        <Fact name={t("runners.is")}>{factsOf(props.runner)}</Fact>
        <For each={measures}>
          {(measure) => (
            <Fact name={t(measureWords[measure])}>
              <Show
                when={props.runner.status === "online"}
                fallback={<span class="text-muted">{t("runners.not_heard")}</span>}
              >
                <MeasureView runner={props.runner} measure={measure} width={240} height={40} />
              </Show>
            </Fact>
          )}
        </For>
      </Facts>
    </Panel>
  );
}

/** The newest of what it ran, and the way to the rest. */
function Work(props: { name: string }): JSX.Element {
  const list = useQuery(() => executionsQuery({ runner: props.name }, undefined));
  return (
    <Panel
      title={t("runners.ran")}
      flush
      actions={
        <A class={buttonClass()} href={`/executions?${new URLSearchParams({ runner: props.name })}`}>
          {t("runners.all_executions")}
        </A>
      }
    >
      <Loaded query={list}>
        {(page) => (
          <Show
            when={page().items.length > 0}
            fallback={<p class="p-4 text-muted">{t("runners.ran_nothing")}</p>}
          >
            <Table
              flush
              label={t("runners.ran")}
              columns={[
                { title: t("executions.status") },
                { title: t("executions.what") },
                { title: t("executions.runner"), wide: true },
                { title: t("executions.started"), wide: true },
                { title: t("executions.took"), wide: true, right: true },
              ]}
            >
              <For each={page().items}>{(view) => <ExecutionRow view={view} />}</For>
            </Table>
          </Show>
        )}
      </Loaded>
    </Panel>
  );
}
