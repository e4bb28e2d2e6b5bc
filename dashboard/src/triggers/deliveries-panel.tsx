import type { DeliveryView } from "@pulse/schema/wire/deliveries";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { StartedExecution } from "../executions/started-execution.tsx";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Moment } from "../ui/moment.tsx";
import { PagedPanel } from "../ui/paged-panel.tsx";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { cellClass } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { DeliveryStatusBadge } from "./delivery-status.tsx";
import { DeliveryView as Whole } from "./delivery-view.tsx";
import { deliveriesQuery } from "./webhook-queries.ts";

const ResendDialog = lazily(
  async () => (await import("./resend-dialog.tsx")).ResendDialog,
  [],
  () => null,
);
const search = { cursor: textUpTo(500), delivery: textUpTo(100) };

/** What a webhook was sent, newest first; the one in the address stands whole above. */
export function DeliveriesPanel(props: { id: string }): JSX.Element {
  const [params, setParams] = useSearch(search);
  const deliveries = useQuery(() => ({
    ...deliveriesQuery(props.id, params().cursor),
    placeholderData: keepPreviousData,
  }));
  const [isResending, setResending] = createSignal(false);
  const show = (delivery: string | undefined) => setParams({ delivery });
  return (
    <>
      <Show when={params().delivery} keyed>
        {(delivery) => <Whole webhook={props.id} id={delivery} onGo={show} onClose={() => show(undefined)} />}
      </Show>
      <PagedPanel
        title={t("webhooks.deliveries")}
        none={t("webhooks.no_deliveries")}
        query={deliveries}
        columns={[
          { title: t("webhooks.result") },
          { title: t("webhooks.event"), wide: true },
          { title: t("triggers.started") },
          { title: t("webhooks.received"), wide: true },
          { title: t("triggers.actions") },
        ]}
        cursor={params().cursor}
        onGo={(cursor) => setParams({ cursor })}
        row={(delivery) => <Row delivery={delivery} onShow={() => show(delivery.id)} />}
        actions={
          <Allowed scope="execute">
            <Button onClick={() => setResending(true)}>{t("webhooks.resend_since")}</Button>
          </Allowed>
        }
      />
      <Show when={isResending()}>
        <ResendDialog id={props.id} onClose={() => setResending(false)} />
      </Show>
    </>
  );
}

function Row(props: { delivery: DeliveryView; onShow: () => void }): JSX.Element {
  return (
    <tr class="hover:bg-sunken">
      <td class={cellClass({})}>
        <DeliveryStatusBadge status={props.delivery.status} />
        <Show when={props.delivery.error}>
          {(error) => <p class="max-w-72 text-xs break-words text-muted">{error()}</p>}
        </Show>
      </td>
      <td class={`${cellClass({ wide: true })} max-w-48`}>
        <span class="break-all">{props.delivery.event ?? "–"}</span>
        <Show when={props.delivery.resendOf}>
          <p class="text-xs text-muted">{t("webhooks.is_resend")}</p>
        </Show>
      </td>
      <td class={cellClass({})}>
        <StartedExecution id={props.delivery.executionId} status={props.delivery.executionStatus} />
      </td>
      <td class={cellClass({ wide: true })}>
        <Moment at={props.delivery.receivedAt} />
      </td>
      <td class={cellClass({})}>
        <Button
          aria-label={`${t("webhooks.show")}: ${props.delivery.deliveryId}`}
          onClick={() => props.onShow()}
        >
          {t("webhooks.show")}
        </Button>
      </td>
    </tr>
  );
}
