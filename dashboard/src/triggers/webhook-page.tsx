import type { WebhookView } from "@pulse/schema/wire/webhooks";
import { useParams } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { ActButton } from "../ui/act-button.tsx";
import { Button } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { exact, lasting, Moment } from "../ui/moment.tsx";
import { Page } from "../ui/page.tsx";
import { Panel } from "../ui/panel.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { DeliveriesPanel } from "./deliveries-panel.tsx";
import { EnabledBadge } from "./enabled-badge.tsx";
import { kindPath } from "./paths.ts";
import { RemoveButton } from "./remove-button.tsx";
import { TargetFacts } from "./target-facts.tsx";
import {
  captureNext,
  providerNames,
  removeWebhook,
  setUpQuery,
  setWebhookEnabled,
  tryWebhook,
  webhookQuery,
} from "./webhook-queries.ts";

const RotateDialog = lazily(
  async () => (await import("./rotate-dialog.tsx")).RotateDialog,
  [],
  () => null,
);
const WebhookDialog = lazily(
  async () => (await import("./webhook-dialog.tsx")).WebhookDialog,
  [],
  () => null,
);

/** One webhook: its address, what to set at the provider, and what it was sent. */
export function WebhookPage(): JSX.Element {
  const params = useParams<{ id: string }>();
  const webhook = useQuery(() => webhookQuery(params.id));
  const [isRotating, setRotating] = createSignal(false);
  const [edited, setEdited] = createSignal<WebhookView>();
  const view = () => dataOf(webhook);
  const name = () => view()?.name ?? params.id;
  const send = async () => {
    const status = await tryWebhook(params.id);
    say(t(status === "filtered" ? "webhooks.tested_filtered" : "webhooks.tested"));
  };
  const capture = async () => {
    await captureNext(params.id);
    say(t("webhooks.capturing"));
  };
  return (
    <Page
      title={name()}
      actions={
        <Show when={view()}>
          {(one) => (
            <>
              <Allowed scope="execute">
                <ActButton name={t("webhooks.test")} act={send} />
              </Allowed>
              <Allowed scope="deploy">
                <ActButton name={t("webhooks.capture")} act={capture} />
                <Button onClick={() => setEdited(one())}>{t("triggers.edit")}</Button>
                <ActButton
                  name={t(one().enabled ? "triggers.disable" : "triggers.enable")}
                  act={() => setWebhookEnabled(params.id, !one().enabled)}
                />
                <Button onClick={() => setRotating(true)}>{t("webhooks.rotate")}</Button>
                <RemoveButton
                  name={name()}
                  hint={t("webhooks.remove_hint")}
                  back={kindPath("webhooks")}
                  act={() => removeWebhook(params.id)}
                />
              </Allowed>
            </>
          )}
        </Show>
      }
    >
      <Loaded query={webhook}>
        {(one) => (
          <>
            <div class="grid items-start gap-4 lg:grid-cols-2">
              <About webhook={one()} />
              <SetUpPanel id={params.id} />
            </div>
            <DeliveriesPanel id={params.id} />
          </>
        )}
      </Loaded>
      <Show when={edited()}>
        {(old) => <WebhookDialog old={old()} onClose={() => setEdited(undefined)} />}
      </Show>
      <Show when={isRotating()}>
        <RotateDialog id={params.id} name={name()} onClose={() => setRotating(false)} />
      </Show>
    </Page>
  );
}

function About(props: { webhook: WebhookView }): JSX.Element {
  return (
    <Panel title={t("triggers.about")}>
      <Facts>
        <Fact name={t("triggers.state")}>
          <EnabledBadge enabled={props.webhook.enabled} />
        </Fact>
        <Fact name={t("webhooks.provider")}>{providerNames[props.webhook.provider]}</Fact>
        <Fact name={t("webhooks.url")}>
          <span class="flex flex-wrap items-center gap-2">
            <code class="text-xs break-all">{props.webhook.url}</code>
            <CopyButton text={props.webhook.url} what={t("webhooks.url")} />
          </span>
        </Fact>
        <TargetFacts target={props.webhook.target} />
        <Show when={props.webhook.filter}>
          {(filter) => (
            <Fact name={t("webhooks.filter")}>
              <code class="text-xs break-all">{filter()}</code>
            </Fact>
          )}
        </Show>
        <Show when={props.webhook.captureUntil}>
          {(until) => <Fact name={t("webhooks.captures_until")}>{exact(until())}</Fact>}
        </Show>
        <Fact name={t("webhooks.tolerance")}>{lasting(props.webhook.toleranceMs)}</Fact>
        <Fact name={t("webhooks.per_minute")}>{props.webhook.perMinute}</Fact>
        <Show when={props.webhook.trigger}>
          {(trigger) => <Fact name={t("triggers.of_workflow")}>{trigger().workflow}</Fact>}
        </Show>
        <Show when={props.webhook.oldSecretUntil}>
          {(until) => <Fact name={t("webhooks.old_secret")}>{exact(until())}</Fact>}
        </Show>
        <Fact name={t("webhooks.refused")}>
          {props.webhook.refused.count}
          <Show when={props.webhook.refused.lastAt}>
            {(at) => (
              <>
                {" · "}
                <Moment at={at()} />
              </>
            )}
          </Show>
        </Fact>
      </Facts>
    </Panel>
  );
}

function SetUpPanel(props: { id: string }): JSX.Element {
  const text = useQuery(() => setUpQuery(props.id));
  return (
    <Panel
      title={t("webhooks.setup")}
      actions={
        <Show when={dataOf(text)}>
          {(told) => <CopyButton text={told().text} what={t("webhooks.setup")} />}
        </Show>
      }
    >
      <Loaded query={text}>
        {(told) => <CodeText text={told().text} label={t("webhooks.setup_text")} wraps />}
      </Loaded>
    </Panel>
  );
}
