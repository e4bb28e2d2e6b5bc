import type { WebhookView } from "@pulse/schema/wire/webhooks";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Empty } from "../ui/empty.tsx";
import { Loaded } from "../ui/loaded.tsx";
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
    <Loaded query={webhooks}>
      {(items) => (
        <Show
          when={items().length > 0}
          fallback={
            <Empty title={t("webhooks.none")}>
              <p class="max-w-md text-muted">{t("webhooks.none_hint")}</p>
              {props.make}
            </Empty>
          }
        >
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
        </Show>
      )}
    </Loaded>
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
