import type { ChannelRuleView } from "@pulse/schema/wire/channel-rules";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { ActButton } from "../ui/act-button.tsx";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { lasting } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { say } from "../ui/toasts.tsx";
import { counted, t } from "../words/words.ts";
import { removeRule, rulesQuery, setRuleEnabled } from "./channel-queries.ts";
import { EnabledBadge } from "./enabled-badge.tsx";
import { eventWords } from "./event-words.ts";

const RuleDialog = lazily(
  async () => (await import("./rule-dialog.tsx")).RuleDialog,
  [],
  () => null,
);

/** What a channel is told of. */
export function RulesPanel(props: { id: string }): JSX.Element {
  const rules = useQuery(() => rulesQuery(props.id));
  const [isAdding, setAdding] = createSignal(false);
  const [edited, setEdited] = createSignal<ChannelRuleView>();
  return (
    <Panel
      title={t("channels.rules")}
      flush
      actions={
        <Allowed scope="deploy">
          <Button onClick={() => setAdding(true)}>
            <Icon name="plus" />
            {t("channels.add_rule")}
          </Button>
        </Allowed>
      }
    >
      <Loaded query={rules}>
        {(items) => (
          <Show when={items().length > 0} fallback={<p class="p-4 text-muted">{t("channels.no_rules")}</p>}>
            <Table
              flush
              label={t("channels.rules")}
              columns={[
                { title: t("triggers.name") },
                { title: t("channels.tells") },
                { title: t("triggers.state"), wide: true },
                { title: t("triggers.actions") },
              ]}
            >
              <For each={items()}>
                {(rule) => <Row channel={props.id} rule={rule} onEdit={() => setEdited(rule)} />}
              </For>
            </Table>
          </Show>
        )}
      </Loaded>
      <Show when={edited()}>
        {(old) => <RuleDialog id={props.id} old={old()} onClose={() => setEdited(undefined)} />}
      </Show>
      <Show when={isAdding()}>
        <RuleDialog id={props.id} onClose={() => setAdding(false)} />
      </Show>
    </Panel>
  );
}

function Row(props: { channel: string; rule: ChannelRuleView; onEdit: () => void }): JSX.Element {
  const events = () => props.rule.events.map((event) => t(eventWords[event])).join(", ");
  const notes = () => [
    ...(props.rule.times > 1 ? [counted("channels.after", props.rule.times)] : []),
    ...(props.rule.digestMs === null ? [] : [t("channels.digest", { time: lasting(props.rule.digestMs) })]),
    ...(props.rule.quiet === null
      ? []
      : [
          t("channels.quiet", {
            from: props.rule.quiet.from,
            to: props.rule.quiet.to,
            zone: props.rule.quiet.timezone,
          }),
        ]),
  ];
  const remove = async () => {
    await removeRule(props.channel, props.rule.id);
    say(t("triggers.removed", { name: props.rule.name }));
  };
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} font-medium break-all`}>{props.rule.name}</td>
      <td class={cellClass({})}>
        {events()}
        <For each={notes()}>{(note) => <p class="text-xs text-muted">{note}</p>}</For>
        <Show when={props.rule.filter}>
          {(filter) => <code class="block text-xs break-all text-muted">{filter()}</code>}
        </Show>
      </td>
      <td class={cellClass({ wide: true })}>
        <EnabledBadge enabled={props.rule.enabled} />
      </td>
      <td class={cellClass({})}>
        <Allowed scope="deploy">
          <div class="flex flex-wrap gap-1">
            <Button aria-label={`${t("triggers.edit")}: ${props.rule.name}`} onClick={() => props.onEdit()}>
              {t("triggers.edit")}
            </Button>
            <ActButton
              name={t(props.rule.enabled ? "triggers.disable" : "triggers.enable")}
              of={props.rule.name}
              act={() => setRuleEnabled(props.channel, props.rule.id, !props.rule.enabled)}
            />
            <ActButton look="danger" name={t("triggers.remove")} of={props.rule.name} act={remove} />
          </div>
        </Allowed>
      </td>
    </tr>
  );
}
