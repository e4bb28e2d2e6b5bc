import type { ChainReport } from "@pulse/schema/audit-chain";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { exact } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { StatusBadge } from "../ui/status-badge.tsx";
import { TextToCopy } from "../ui/text-to-copy.tsx";
import { t } from "../words/words.ts";
import { auditHeadQuery, chainQuery } from "./keeping-queries.ts";

/** A chain of at most so many entries is checked without being asked. */
const checkedAtOnceMost = 2000;

/** Whether the chain is whole, as this browser finds by hashing every entry anew, and its end to write down. */
export function ChainPanel(): JSX.Element {
  const head = useQuery(auditHeadQuery);
  const [isAsked, setAsked] = createSignal(false);
  const isSmall = () => (dataOf(head)?.seq ?? Number.POSITIVE_INFINITY) <= checkedAtOnceMost;
  const chain = useQuery(() => ({ ...chainQuery(), enabled: isAsked() || isSmall() }));
  const check = () => {
    if (isAsked() || isSmall()) void chain.refetch();
    setAsked(true);
  };
  return (
    <Panel
      title={t("settings.chain")}
      actions={
        <Button disabled={chain.isFetching} onClick={check}>
          {t(chain.isFetching ? "settings.chain_checking" : "settings.chain_check")}
        </Button>
      }
    >
      <div class="grid gap-3">
        <Show
          when={isAsked() || isSmall()}
          fallback={<p class="text-muted">{t("settings.chain_not_checked")}</p>}
        >
          <Loaded query={chain}>{(report) => <Report of={report()} />}</Loaded>
        </Show>
        <Loaded query={head}>
          {(end) => {
            const text = () => `${end().seq}:${end().hash}`;
            return (
              <div class="grid gap-1">
                <p>{t("settings.chain_head")}</p>
                <TextToCopy text={text()} what={t("settings.chain_head_label")} />
              </div>
            );
          }}
        </Loaded>
      </div>
    </Panel>
  );
}

function Report(props: { of: ChainReport }): JSX.Element {
  return (
    <div role="status" class="grid gap-2">
      <p class="flex flex-wrap items-center gap-2">
        <StatusBadge
          tone={props.of.ok ? "ok" : "bad"}
          icon={props.of.ok ? "done" : "cross"}
          word={props.of.ok ? "settings.chain_whole" : "settings.chain_broken"}
        />
        {t("settings.chain_found", { entries: props.of.entries, first: props.of.first ?? 0 })}
      </p>
      <Show when={props.of.forgotten}>
        {(gone) => (
          <p class="text-muted">
            {t("settings.chain_forgotten", { seq: gone().upTo, at: exact(gone().at) })}
          </p>
        )}
      </Show>
      <Show when={props.of.faults.length > 0}>
        <ul class="list-disc pl-5">
          <For each={props.of.faults}>
            {(fault) => (
              <li>
                #{fault.seq}: {fault.detail}
              </li>
            )}
          </For>
        </ul>
      </Show>
    </div>
  );
}
