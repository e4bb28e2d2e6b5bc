import type { ChannelView } from "@pulse/schema/wire/channels";
import { useParams } from "@solidjs/router";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { ActButton } from "../ui/act-button.tsx";
import { Button } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { lasting } from "../ui/moment.tsx";
import { Page } from "../ui/page.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { StatusBadge } from "../ui/status-badge.tsx";
import { t } from "../words/words.ts";
import { channelName } from "./channel-name.ts";
import { channelQuery, removeChannel, setChannelEnabled, type Tried, tryChannel } from "./channel-queries.ts";
import { LastMessage } from "./channels-list.tsx";
import { EnabledBadge } from "./enabled-badge.tsx";
import { MessagesPanel } from "./messages-panel.tsx";
import { kindPath } from "./paths.ts";
import { RemoveButton } from "./remove-button.tsx";
import { RulesPanel } from "./rules-panel.tsx";

const ChannelDialog = lazily(
  async () => (await import("./channel-dialog.tsx")).ChannelDialog,
  [],
  () => null,
);

/** One channel: where it goes, what it is told of, and what it was sent. */
export function ChannelPage(): JSX.Element {
  const params = useParams<{ id: string }>();
  const channel = useQuery(() => channelQuery(params.id));
  const view = () => dataOf(channel);
  const name = () => view()?.name ?? params.id;
  const [edited, setEdited] = createSignal<ChannelView>();
  const attempt = useMutation(() => ({ mutationFn: () => tryChannel(params.id) }));
  return (
    <Page
      title={name()}
      actions={
        <Show when={view()}>
          {(one) => (
            <Allowed scope="deploy">
              <Button look="primary" disabled={attempt.isPending} onClick={() => attempt.mutate()}>
                {t(attempt.isPending ? "channels.testing" : "channels.test")}
              </Button>
              <ActButton
                name={t(one().enabled ? "triggers.disable" : "triggers.enable")}
                act={() => setChannelEnabled(params.id, !one().enabled)}
              />
              <Button onClick={() => setEdited(one())}>{t("channels.change_settings")}</Button>
              <RemoveButton
                name={name()}
                hint={t("channels.remove_hint")}
                back={kindPath("channels")}
                act={() => removeChannel(params.id)}
              />
            </Allowed>
          )}
        </Show>
      }
    >
      <Show when={edited()}>
        {(old) => <ChannelDialog old={old()} onClose={() => setEdited(undefined)} />}
      </Show>
      <Show when={attempt.error}>{(error) => <ProblemNotice error={error()} />}</Show>
      <Show when={attempt.data}>{(tried) => <Answer tried={tried()} />}</Show>
      <Loaded query={channel}>
        {(one) => (
          <>
            <Panel title={t("triggers.about")}>
              <Facts>
                <Fact name={t("triggers.state")}>
                  <EnabledBadge enabled={one().enabled} />
                </Fact>
                <Fact name={t("channels.type")}>{channelName(one().type)}</Fact>
                <Fact name={t("channels.goes_to")}>
                  <span class="break-all">{one().to}</span>
                </Fact>
                <Fact name={t("channels.last")}>
                  <LastMessage last={one().last} />
                  <Show when={one().last?.error}>
                    {(error) => <p class="text-xs text-muted">{error()}</p>}
                  </Show>
                </Fact>
              </Facts>
            </Panel>
            <RulesPanel id={params.id} />
            <MessagesPanel id={params.id} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** What the receiver of a message that was tried answered. */
function Answer(props: { tried: Tried }): JSX.Element {
  return (
    <div role="status">
      <Panel title={t("channels.tested")}>
        <div class="grid gap-3">
          <p class="flex flex-wrap items-center gap-3">
            <StatusBadge
              tone={props.tried.delivered ? "ok" : "bad"}
              icon={props.tried.delivered ? "done" : "cross"}
              word={props.tried.delivered ? "channels.delivered" : "channels.failed"}
            />
            <Show when={props.tried.status}>{(status) => <code>{status()}</code>}</Show>
            <span class="text-muted">{lasting(props.tried.durationMs)}</span>
          </p>
          <Show when={props.tried.error}>{(error) => <p class="break-words">{error()}</p>}</Show>
          <Show
            when={props.tried.answer !== ""}
            fallback={<p class="text-muted">{t("channels.no_answer")}</p>}
          >
            <CodeText text={props.tried.answer} label={t("channels.answer")} wraps />
          </Show>
        </div>
      </Panel>
    </div>
  );
}
