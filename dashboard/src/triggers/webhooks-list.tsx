import type { WebhookView } from "@pulse/schema/wire/webhooks";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX } from "solid-js";
import { LoadedList } from "../ui/loaded-list.tsx";
import { Moment } from "../ui/moment.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { EnabledBadge } from "./enabled-badge.tsx";
import { triggerPath } from "./paths.ts";
import { TargetView } from "./target-view.tsx";
import { providerNames, webhooksQuery } from "./webhook-queries.ts";

/** All webhooks; `make`: the button for the first. */
export function WebhooksList(props: { make: JSX.Element }): JSX.Element {
  const webhooks = useQuery(webhooksQuery);
  return (
    <LoadedList query={webhooks} none={t("webhooks.none")} hint={t("webhooks.none_hint")} first={props.make}>
      {(items) => (
        <Table
          label={t("triggers.webhooks")}
          columns={[
            { title: t("triggers.name") },
            { title: t("triggers.state") },
            { title: t("triggers.starts"), wide: true },
            { title: t("webhooks.last_delivery"), wide: true },
            { title: t("webhooks.refused"), wide: true, right: true },
          ]}
        >
          <For each={items()}>{(webhook) => <WebhookRow webhook={webhook} />}</For>
        </Table>
      )}
    </LoadedList>
  );
}

function WebhookRow(props: { webhook: WebhookView }): JSX.Element {
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} min-w-28`}>
        <A
          href={triggerPath("webhooks", props.webhook.id)}
          class="inline-flex min-h-6 items-center font-medium break-all hover:underline"
        >
          {props.webhook.name}
        </A>
        <p class="text-xs text-muted">{providerNames[props.webhook.provider]}</p>
      </td>
      <td class={cellClass({})}>
        <EnabledBadge enabled={props.webhook.enabled} />
      </td>
      <td class={cellClass({ wide: true })}>
        <TargetView target={props.webhook.target} />
      </td>
      <td class={cellClass({ wide: true })}>
        <Moment at={props.webhook.lastDeliveryAt} />
      </td>
      <td class={`${cellClass({ wide: true, right: true })} tabular-nums`}>{props.webhook.refused.count}</td>
    </tr>
  );
}
