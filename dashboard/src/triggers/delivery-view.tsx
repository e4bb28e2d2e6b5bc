import { useQuery } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { HeaderLines } from "../executions/header-lines.tsx";
import { StartedExecution } from "../executions/started-execution.tsx";
import { pretty } from "../executions/stored-result.ts";
import { Allowed } from "../session/allowed.tsx";
import { ActButton } from "../ui/act-button.tsx";
import { Button } from "../ui/button.tsx";
import { bytesText } from "../ui/bytes.ts";
import { CodeText } from "../ui/code-text.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { exact } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { DeliveryStatusBadge } from "./delivery-status.tsx";
import { deliveryQuery, resend } from "./webhook-queries.ts";

/** One delivery: what came, what became of it, and the way to run it again. `onGo`: shows another one. */
export function DeliveryView(props: {
  webhook: string;
  id: string;
  onGo: (id: string) => void;
  onClose: () => void;
}): JSX.Element {
  const delivery = useQuery(() => deliveryQuery(props.webhook, props.id));
  const again = async () => {
    const id = await resend(props.webhook, props.id);
    say(t("webhooks.resent"));
    props.onGo(id);
  };
  return (
    <Panel
      title={t("webhooks.delivery")}
      actions={
        <>
          <Allowed scope="execute">
            <ActButton name={t("webhooks.resend")} act={again} />
          </Allowed>
          <Button look="quiet" onClick={() => props.onClose()}>
            {t("shell.close")}
          </Button>
        </>
      }
    >
      <Loaded query={delivery}>
        {(one) => (
          <div class="grid gap-4">
            <Facts>
              <Fact name={t("webhooks.result")}>
                <DeliveryStatusBadge status={one().status} />
              </Fact>
              <Show when={one().error}>{(error) => <Fact name={t("webhooks.why")}>{error()}</Fact>}</Show>
              <Fact name={t("triggers.started")}>
                <StartedExecution id={one().executionId} status={one().executionStatus} />
              </Fact>
              <Fact name={t("webhooks.received")}>{exact(one().receivedAt)}</Fact>
              <Fact name={t("webhooks.provider_id")}>
                <code class="text-xs break-all">{one().deliveryId}</code>
              </Fact>
              <Fact name={t("webhooks.size")}>{bytesText(one().bytes)}</Fact>
            </Facts>
            <HeaderLines headers={one().headers} />
            <Show
              when={one().body ?? one().base64}
              fallback={<p class="text-muted">{t("webhooks.not_kept")}</p>}
            >
              {(body) => (
                <CodeText
                  text={one().body === null ? body() : pretty(body())}
                  label={t(one().body === null ? "webhooks.body_base64" : "webhooks.body")}
                />
              )}
            </Show>
          </div>
        )}
      </Loaded>
    </Panel>
  );
}
