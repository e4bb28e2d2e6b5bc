import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { ActButton } from "../ui/act-button.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { say } from "../ui/toasts.tsx";
import { counted, t } from "../words/words.ts";
import { browserText } from "./browser-text.ts";
import { endOne, endOthers, sessionsQuery } from "./own-queries.ts";

/** The browsers that are signed in as whoever looks, each with the way out. */
export function SessionsPanel(): JSX.Element {
  const sessions = useQuery(sessionsQuery);
  const others = () => (dataOf(sessions)?.items ?? []).filter(({ current }) => !current);
  const endAll = async () => say(counted("settings.sessions_ended", await endOthers()));
  return (
    <Panel
      title={t("settings.sessions")}
      flush
      actions={
        <Show when={others().length > 0}>
          <ActButton name={t("settings.sessions_end_others")} look="danger" act={endAll} />
        </Show>
      }
    >
      <Loaded query={sessions}>
        {(list) => (
          <Show
            when={list().items.length > 0}
            fallback={<p class="p-4 text-muted">{t("settings.sessions_none")}</p>}
          >
            <Table
              flush
              label={t("settings.sessions")}
              columns={[
                { title: t("settings.sessions_browser") },
                { title: t("settings.sessions_from"), wide: true },
                { title: t("settings.sessions_seen") },
                { title: t("settings.until"), wide: true },
                { title: t("settings.actions") },
              ]}
            >
              <For each={list().items}>
                {(one) => (
                  <tr class="hover:bg-sunken">
                    <td class={cellClass({})}>
                      <span title={one.userAgent ?? undefined}>{browserText(one.userAgent)}</span>
                      <Show when={one.current}>
                        <p class="text-xs text-muted">{t("settings.sessions_this")}</p>
                      </Show>
                    </td>
                    <td class={cellClass({ wide: true })}>{one.address ?? "–"}</td>
                    <td class={cellClass({})}>
                      <Moment at={one.lastSeenAt} />
                    </td>
                    <td class={cellClass({ wide: true })}>
                      <Moment at={one.expiresAt} />
                    </td>
                    <td class={cellClass({})}>
                      <Show when={!one.current} fallback="–">
                        <ActButton
                          name={t("settings.sign_out")}
                          of={browserText(one.userAgent)}
                          act={() => endOne(one.id)}
                        />
                      </Show>
                    </td>
                  </tr>
                )}
              </For>
            </Table>
          </Show>
        )}
      </Loaded>
    </Panel>
  );
}
