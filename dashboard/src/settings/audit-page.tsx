import type { AuditEntry } from "@pulse/schema/wire/audit";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { exact } from "../ui/moment.tsx";
import { OlderNav } from "../ui/older-nav.tsx";
import { Panel } from "../ui/panel.tsx";
import { oneOf, textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { AuditFilterBar, sinceOf, spans } from "./audit-filter.tsx";
import { ChainPanel } from "./chain-panel.tsx";
import { auditQuery } from "./keeping-queries.ts";
import { SettingsFrame } from "./settings-frame.tsx";

// As `auditOutcomes` of the contract, which would bring the schemas of every entry along.
const outcomes = ["done", "denied", "refused", "failed", "unknown"] as const;
const search = {
  actor: textUpTo(200),
  action: textUpTo(100),
  target: textUpTo(200),
  outcome: oneOf(outcomes),
  since: oneOf(spans),
  cursor: textUpTo(20),
};
const tones: Readonly<Record<AuditEntry["outcome"], Tone>> = {
  done: "ok",
  denied: "warn",
  refused: "warn",
  failed: "bad",
  unknown: "still",
};

/** What was done in the project and what was refused, with the proof that nobody changed it afterwards. */
export function AuditPage(): JSX.Element {
  const [params, setParams] = useSearch(search);
  const filter = () => {
    const { since, ...rest } = params();
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    return since === undefined ? given : { ...given, since: sinceOf(since) };
  };
  const entries = useQuery(() => ({ ...auditQuery(filter()), placeholderData: keepPreviousData }));
  return (
    <SettingsFrame
      part="audit"
      actions={
        <a class={buttonClass()} href="/v1/audit/export" download="audit.ndjson" rel="external">
          {t("settings.audit_export")}
        </a>
      }
    >
      <ChainPanel />
      <Panel title={t("settings.audit_entries")} flush>
        <AuditFilterBar
          value={params()}
          outcomes={outcomes}
          onChange={(patch) => setParams({ ...patch, cursor: undefined }, { replace: true })}
        />
        <Loaded query={entries}>
          {(page) => (
            <Show
              when={page().items.length > 0}
              fallback={<p class="p-4 text-muted">{t("settings.audit_none")}</p>}
            >
              <Table
                flush
                label={t("settings.audit_entries")}
                columns={[
                  { title: t("settings.audit_at") },
                  { title: t("settings.audit_who"), wide: true },
                  { title: t("settings.audit_what") },
                  { title: t("settings.audit_outcome") },
                ]}
              >
                <For each={page().items}>
                  {(entry) => (
                    <Row entry={entry} onActor={(actor) => setParams({ actor, cursor: undefined })} />
                  )}
                </For>
              </Table>
              <OlderNav
                label={t("settings.audit_entries")}
                cursor={params().cursor}
                next={page().nextCursor}
                onGo={(cursor) => setParams({ cursor })}
              />
            </Show>
          )}
        </Loaded>
      </Panel>
    </SettingsFrame>
  );
}

function Row(props: { entry: AuditEntry; onActor: (id: string) => void }): JSX.Element {
  const who = () => {
    const { kind, name } = props.entry.actor;
    const word = t(`settings.actor_${kind}`);
    return kind === name ? word : `${word} ${name}`;
  };
  const more = () => {
    const { before, after, details, address, requestId, hash } = props.entry;
    const known = { before, after, details, address, requestId, hash };
    return JSON.stringify(
      Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null)),
      null,
      2,
    );
  };
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} align-top`}>
        <time datetime={props.entry.at} class="tabular-nums md:whitespace-nowrap">
          {exact(props.entry.at)}
        </time>
        <p class="text-xs text-muted">#{props.entry.seq}</p>
      </td>
      <td class={`${cellClass({ wide: true })} align-top`}>
        <button
          type="button"
          class="min-h-6 text-left break-all underline decoration-dotted"
          title={t("settings.audit_only", { id: props.entry.actor.id })}
          onClick={() => props.onActor(props.entry.actor.id)}
        >
          {who()}
        </button>
        <p class="text-xs text-muted">{props.entry.address ?? ""}</p>
      </td>
      <td class={`${cellClass({})} align-top`}>
        <code>{props.entry.action}</code> <span class="break-all">{props.entry.target ?? ""}</span>
        <p class="text-xs text-muted md:hidden">{who()}</p>
        <details>
          <summary class="min-h-6 text-xs text-muted">{t("settings.audit_more")}</summary>
          <CodeText text={more()} label={t("settings.audit_of", { seq: props.entry.seq })} wraps />
        </details>
      </td>
      <td class={`${cellClass({})} align-top`}>
        <StatusBadge
          tone={tones[props.entry.outcome]}
          icon={props.entry.outcome === "done" ? "done" : "lost"}
          word={`settings.outcome_${props.entry.outcome}`}
        />
        <Show when={props.entry.code}>{(code) => <p class="text-xs text-muted">{code()}</p>}</Show>
      </td>
    </tr>
  );
}
