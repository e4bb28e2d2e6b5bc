import type { AliasView, SplitCalls } from "@pulse/schema/wire/function-aliases";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { aliasesQuery, endSplit } from "./queries.ts";

type Split = NonNullable<AliasView["split"]>;

/** Each alias of a function that is split: which version gets how much, how its calls went, and what ends it. Nothing where none is. */
export function SplitPanels(props: { name: string }): JSX.Element {
  const aliases = useQuery(() => aliasesQuery(props.name));
  return (
    <>
      <Show when={aliases.error}>{(error) => <ProblemNotice error={error()} />}</Show>
      <For each={aliases.data?.items}>
        {(one) => (
          <Show when={one.split}>
            {(split) => <SplitPanel name={props.name} alias={one} split={split()} />}
          </Show>
        )}
      </For>
    </>
  );
}

function SplitPanel(props: { name: string; alias: AliasView; split: Split }): JSX.Element {
  const first = () => String(props.alias.version);
  const second = () => String(props.split.version);
  const end = useMutation(() => ({
    mutationFn: (version: number) => endSplit(props.name, props.alias.alias, version, props.split.version),
  }));
  const shares = () =>
    t("split.shares", {
      ...{ first: first(), rest: String(100 - props.split.weight) },
      ...{ second: second(), weight: String(props.split.weight) },
    });
  const calls = (version: string, { ended, failed }: SplitCalls) =>
    t("split.calls", { version, ended: String(ended), failed: String(failed), rate: rateOf(ended, failed) });
  return (
    <Panel
      title={t("split.title", { alias: props.alias.alias })}
      actions={
        <Allowed scope="deploy">
          <Button disabled={end.isPending} onClick={() => end.mutate(props.split.version)}>
            {t("split.promote", { version: second() })}
          </Button>
          <Button look="quiet" disabled={end.isPending} onClick={() => end.mutate(props.alias.version)}>
            {t("split.end", { version: first() })}
          </Button>
        </Allowed>
      }
    >
      <div class="grid gap-2" data-split={props.alias.alias}>
        <Show when={end.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <p class="font-medium">{shares()}</p>
        {/* In the order of the sentence above, which says the same. */}
        <div
          class="flex h-7 overflow-hidden rounded-md border border-edge text-xs font-medium"
          aria-hidden="true"
        >
          <Share version={first()} percent={100 - props.split.weight} class="bg-accent-soft text-accent" />
          <Share
            version={second()}
            percent={props.split.weight}
            class="border-l border-edge bg-warn-soft text-warn"
          />
        </div>
        <p>{calls(first(), props.split.calls.first)}</p>
        <p>{calls(second(), props.split.calls.second)}</p>
        <p class="text-sm text-muted">
          <Show when={props.split.guard} fallback={t("split.no_guard")}>
            {(guard) =>
              t("split.guard", {
                ...{ version: second(), rate: String(guard().maxErrorRate) },
                ...{ calls: String(guard().minCalls), window: guard().window },
              })
            }
          </Show>
        </p>
      </div>
    </Panel>
  );
}

function Share(props: { version: string; percent: number; class: string }): JSX.Element {
  return (
    <span
      class={`flex min-w-0 items-center justify-center overflow-hidden whitespace-nowrap ${props.class}`}
      style={{ "flex-basis": `${props.percent}%` }}
    >
      <Show when={props.percent >= 8}>v{props.version}</Show>
    </span>
  );
}

function rateOf(ended: number, failed: number): string {
  return ended === 0 ? "0" : ((failed / ended) * 100).toFixed(1);
}
