import type { KeyView } from "@pulse/schema/wire/auth";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { StatusBadge } from "../ui/status-badge.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { say } from "../ui/toasts.tsx";
import { counted, t } from "../words/words.ts";
import { endKey, keysQuery } from "./access-queries.ts";
import { scopeText } from "./scope-words.ts";
import { SettingsFrame } from "./settings-frame.tsx";
import { TickBox } from "./tick-box.tsx";

const KeyDialog = lazily(
  async () => (await import("./key-dialog.tsx")).KeyDialog,
  [],
  () => null,
);

/** API keys: what each may, when it was last used, and the end of it. */
export function KeysPage(): JSX.Element {
  const keys = useQuery(keysQuery);
  const [isMaking, setMaking] = createSignal(false);
  const [showsEnded, setShowsEnded] = createSignal(false);
  const [ending, setEnding] = createSignal<KeyView | null>(null);
  const make = () => (
    <Button look="primary" onClick={() => setMaking(true)}>
      <Icon name="plus" />
      {t("access.key_new")}
    </Button>
  );
  const end = async (key: KeyView) => {
    await endKey(key.id);
    say(t("access.key_revoked", { name: key.name }));
  };
  return (
    <SettingsFrame part="keys" actions={make()}>
      <p class="text-muted">{t("access.keys_hint")}</p>
      <Loaded query={keys}>
        {(all) => {
          const ended = () => all().filter(isEnded);
          const shown = () => (showsEnded() ? all() : all().filter((one) => !isEnded(one)));
          return (
            <>
              <Show
                when={shown().length > 0}
                fallback={
                  <Empty title={t("access.keys_none")}>
                    <p class="max-w-md text-muted">{t("access.keys_none_hint")}</p>
                    {make()}
                  </Empty>
                }
              >
                <Table
                  label={t("settings.part_keys")}
                  columns={[
                    { title: t("access.name") },
                    { title: t("access.may"), wide: true },
                    { title: t("access.last_used"), wide: true },
                    { title: t("access.ends"), wide: true },
                    { title: t("settings.actions") },
                  ]}
                >
                  <For each={shown()}>{(key) => <Row key={key} onEnd={() => setEnding(key)} />}</For>
                </Table>
              </Show>
              <Show when={ended().length > 0}>
                <TickBox checked={showsEnded()} onChange={setShowsEnded}>
                  {counted("access.keys_ended", ended().length)}
                </TickBox>
              </Show>
            </>
          );
        }}
      </Loaded>
      <Show when={isMaking()}>
        <KeyDialog onClose={() => setMaking(false)} />
      </Show>
      <Show when={ending()}>
        {(key) => (
          <AskDialog
            title={t("access.key_revoke_title", { name: key().name })}
            hint={t("access.key_revoke_hint")}
            action={t("access.key_revoke")}
            act={() => end(key())}
            onClose={() => setEnding(null)}
          />
        )}
      </Show>
    </SettingsFrame>
  );
}

function isExpired({ expiresAt }: KeyView): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now();
}

function isEnded(key: KeyView): boolean {
  return key.revokedAt !== null || isExpired(key);
}

function Row(props: { key: KeyView; onEnd: () => void }): JSX.Element {
  const limits = () => {
    const { rateLimit, quotas } = props.key;
    const said = rateLimit === null ? [] : [counted("access.rate", rateLimit)];
    if (quotas?.executions !== undefined) said.push(counted("access.most_executions", quotas.executions));
    if (quotas?.concurrentExecutions !== undefined)
      said.push(counted("access.most_at_once", quotas.concurrentExecutions));
    return said;
  };
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} min-w-28`}>
        <p class="font-medium break-all">{props.key.name}</p>
        <p class="text-xs text-muted">
          <code>{props.key.prefix}…</code>
          <Show when={props.key.createdBy}>{(by) => <> · {t("access.made_by", { by: by() })}</>}</Show>
        </p>
        <Show when={isEnded(props.key)}>
          <StatusBadge
            tone="still"
            icon="stop"
            word={props.key.revokedAt === null ? "access.key_is_expired" : "access.key_is_revoked"}
          />
        </Show>
        <p class="text-xs text-muted md:hidden">
          {props.key.scopes.map(scopeText).join("; ")} · {t("access.last_used")}:{" "}
          <Moment at={props.key.lastUsedAt} />
        </p>
      </td>
      <td class={cellClass({ wide: true })}>
        <ul>
          <For each={props.key.scopes}>{(scope) => <li>{scopeText(scope)}</li>}</For>
        </ul>
        <For each={limits()}>{(limit) => <p class="text-xs text-muted">{limit}</p>}</For>
      </td>
      <td class={cellClass({ wide: true })}>
        <Moment at={props.key.lastUsedAt} />
      </td>
      <td class={cellClass({ wide: true })}>
        <Moment at={props.key.expiresAt} />
      </td>
      <td class={cellClass({})}>
        <Show when={!isEnded(props.key)} fallback="–">
          <Button
            look="danger"
            aria-label={`${t("access.key_revoke")}: ${props.key.name}`}
            onClick={() => props.onEnd()}
          >
            {t("access.key_revoke")}
          </Button>
        </Show>
      </td>
    </tr>
  );
}
