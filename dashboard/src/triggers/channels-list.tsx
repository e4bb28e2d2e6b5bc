import type { ChannelView } from "@pulse/schema/wire/channels";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { LoadedList } from "../ui/loaded-list.tsx";
import { Moment } from "../ui/moment.tsx";
import { StatusBadge } from "../ui/status-badge.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { channelName } from "./channel-name.ts";
import { channelsQuery } from "./channel-queries.ts";
import { EnabledBadge } from "./enabled-badge.tsx";
import { triggerPath } from "./paths.ts";

/** All channels; `make`: the button for the first. */
export function ChannelsList(props: { make: JSX.Element }): JSX.Element {
  const channels = useQuery(channelsQuery);
  return (
    <LoadedList query={channels} none={t("channels.none")} hint={t("channels.none_hint")} first={props.make}>
      {(items) => (
        <Table
          label={t("triggers.channels")}
          columns={[
            { title: t("triggers.name") },
            { title: t("triggers.state") },
            { title: t("channels.goes_to"), wide: true },
            { title: t("channels.last") },
          ]}
        >
          <For each={items()}>{(channel) => <ChannelRow channel={channel} />}</For>
        </Table>
      )}
    </LoadedList>
  );
}

function ChannelRow(props: { channel: ChannelView }): JSX.Element {
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} min-w-28`}>
        <A
          href={triggerPath("channels", props.channel.id)}
          class="inline-flex min-h-6 items-center font-medium break-all hover:underline"
        >
          {props.channel.name}
        </A>
        <p class="text-xs text-muted">{channelName(props.channel.type)}</p>
      </td>
      <td class={cellClass({})}>
        <EnabledBadge enabled={props.channel.enabled} />
      </td>
      <td class={`${cellClass({ wide: true })} break-all`}>{props.channel.to}</td>
      <td class={cellClass({})}>
        <LastMessage last={props.channel.last} />
      </td>
    </tr>
  );
}

/** What became of the last message that was tried. */
export function LastMessage(props: { last: ChannelView["last"] }): JSX.Element {
  return (
    <Show when={props.last} fallback={<span class="text-muted">{t("channels.never")}</span>}>
      {(last) => (
        <span class="flex flex-wrap items-center gap-2">
          <StatusBadge
            tone={last().delivered ? "ok" : "bad"}
            icon={last().delivered ? "done" : "cross"}
            word={last().delivered ? "channels.delivered" : "channels.failed"}
          />
          <Moment at={last().at} />
        </span>
      )}
    </Show>
  );
}
