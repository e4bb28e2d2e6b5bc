import type { ChannelMessageView, MessageStatus } from "@pulse/schema/wire/channel-messages";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { ActButton } from "../ui/act-button.tsx";
import type { IconName } from "../ui/icon.tsx";
import { exact, lasting, Moment } from "../ui/moment.tsx";
import { PagedPanel } from "../ui/paged-panel.tsx";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";
import { cellClass } from "../ui/table.tsx";
import { say } from "../ui/toasts.tsx";
import { counted, type Key, t } from "../words/words.ts";
import { messagesQuery, resendMessage } from "./channel-queries.ts";

const search = { cursor: textUpTo(500) };

const faces: Readonly<Record<MessageStatus, readonly [Tone, IconName, Key]>> = {
  waiting: ["still", "clock", "channels.waiting"],
  delivered: ["ok", "done", "channels.delivered"],
  refused: ["bad", "cross", "channels.refused"],
  failed: ["bad", "cross", "channels.failed"],
  lost: ["warn", "lost", "channels.lost"],
};

/** What a channel was sent, newest first, with each try. */
export function MessagesPanel(props: { id: string }): JSX.Element {
  const [params, setParams] = useSearch(search);
  const messages = useQuery(() => ({
    ...messagesQuery(props.id, params().cursor),
    placeholderData: keepPreviousData,
  }));
  return (
    <PagedPanel
      title={t("channels.messages")}
      none={t("channels.no_messages")}
      query={messages}
      columns={[
        { title: t("webhooks.result") },
        { title: t("channels.message") },
        { title: t("channels.made"), wide: true },
        { title: t("triggers.actions") },
      ]}
      cursor={params().cursor}
      onGo={(cursor) => setParams({ cursor })}
      row={(message) => <Row channel={props.id} message={message} />}
    />
  );
}

function Row(props: { channel: string; message: ChannelMessageView }): JSX.Element {
  const face = () => faces[props.message.status];
  const again = async () => {
    await resendMessage(props.channel, props.message.id);
    say(t("channels.resent"));
  };
  return (
    <tr class="hover:bg-sunken">
      <td class={cellClass({})}>
        <StatusBadge tone={face()[0]} icon={face()[1]} word={face()[2]} />
        <Show when={props.message.nextAt}>
          {(at) => <p class="text-xs text-muted">{t("channels.next_try", { at: exact(at()) })}</p>}
        </Show>
      </td>
      <td class={cellClass({})}>
        <p class="font-medium break-words">{props.message.title}</p>
        <Show when={props.message.tries.length > 0}>
          <details class="text-xs">
            <summary class="min-h-6">{counted("channels.tries", props.message.tries.length)}</summary>
            <ol class="grid gap-2 py-1">
              <For each={props.message.tries}>
                {(one) => (
                  <li>
                    {exact(one.at)} · {lasting(one.durationMs)} · <code>{one.status ?? "–"}</code>
                    <Show when={one.error}>{(error) => <p class="break-words">{error()}</p>}</Show>
                    <Show when={one.answer !== ""}>
                      <code class="block break-all text-muted">{one.answer}</code>
                    </Show>
                  </li>
                )}
              </For>
            </ol>
          </details>
        </Show>
      </td>
      <td class={cellClass({ wide: true })}>
        <Moment at={props.message.createdAt} />
      </td>
      <td class={cellClass({})}>
        <Allowed scope="deploy">
          <ActButton name={t("webhooks.resend")} of={props.message.title} act={again} />
        </Allowed>
      </td>
    </tr>
  );
}
