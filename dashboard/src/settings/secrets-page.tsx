import type { SecretView } from "@pulse/schema/wire/secrets";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { meQuery } from "../session/queries.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { LoadedList } from "../ui/loaded-list.tsx";
import { Moment } from "../ui/moment.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { removeSecret, secretsQuery } from "./access-queries.ts";
import { SecretDialog } from "./secret-dialog.tsx";
import { SettingsFrame } from "./settings-frame.tsx";

/** The project's secrets: names, versions and what is given them; never a value. */
export function SecretsPage(): JSX.Element {
  const secrets = useQuery(secretsQuery);
  const me = useQuery(meQuery);
  /** Empty: a new one. */
  const [setting, setSetting] = createSignal<string | null>(null);
  const [removing, setRemoving] = createSignal<SecretView | null>(null);
  const may = () => dataOf(me)?.scopes.includes("admin") === true;
  const add = () => (
    <Show when={may()}>
      <Button look="primary" onClick={() => setSetting("")}>
        <Icon name="plus" />
        {t("access.secret_new")}
      </Button>
    </Show>
  );
  const remove = async (name: string) => {
    await removeSecret(name);
    say(t("access.secret_removed", { name }));
  };
  return (
    <SettingsFrame part="secrets" actions={add()}>
      <p class="text-muted">{t("access.secrets_hint")}</p>
      <LoadedList
        query={secrets}
        none={t("access.secrets_none")}
        hint={t("access.secrets_none_hint")}
        first={add()}
      >
        {(all) => (
          <Table
            label={t("settings.part_secrets")}
            columns={[
              { title: t("access.name") },
              { title: t("access.secret_users") },
              { title: t("access.secret_set"), wide: true },
              ...(may() ? [{ title: t("settings.actions") }] : []),
            ]}
          >
            <For each={all()}>
              {(secret) => (
                <tr class="hover:bg-sunken">
                  <td class={cellClass({})}>
                    <code class="font-medium break-all">{secret.name}</code>
                    <p class="text-xs text-muted">{t("access.version", { version: secret.version })}</p>
                  </td>
                  <td class={cellClass({})}>
                    <Users of={secret} />
                  </td>
                  <td class={cellClass({ wide: true })}>
                    <Moment at={secret.updatedAt} />
                  </td>
                  <Show when={may()}>
                    <td class={cellClass({})}>
                      <div class="flex flex-wrap gap-2">
                        <Button
                          aria-label={`${t("access.secret_replace")}: ${secret.name}`}
                          onClick={() => setSetting(secret.name)}
                        >
                          {t("access.secret_replace")}
                        </Button>
                        <Button
                          look="danger"
                          aria-label={`${t("access.remove")}: ${secret.name}`}
                          onClick={() => setRemoving(secret)}
                        >
                          {t("access.remove")}
                        </Button>
                      </div>
                    </td>
                  </Show>
                </tr>
              )}
            </For>
          </Table>
        )}
      </LoadedList>
      <Show when={setting() !== null}>
        <SecretDialog name={setting() ?? ""} onClose={() => setSetting(null)} />
      </Show>
      <Show when={removing()}>
        {(secret) => (
          <AskDialog
            title={t("access.secret_remove_title", { name: secret().name })}
            hint={t(
              secret().usedBy.length === 0 ? "access.secret_remove_unused" : "access.secret_remove_used",
            )}
            action={t("access.remove")}
            act={() => remove(secret().name)}
            onClose={() => setRemoving(null)}
          >
            <Show when={secret().usedBy.length > 0}>
              <Users of={secret()} />
            </Show>
          </AskDialog>
        )}
      </Show>
    </SettingsFrame>
  );
}

/** What is given a secret: functions and workflows. */
function Users(props: { of: SecretView }): JSX.Element {
  return (
    <Show
      when={props.of.usedBy.length > 0}
      fallback={<span class="text-muted">{t("access.secret_unused")}</span>}
    >
      <ul>
        <For each={props.of.usedBy}>
          {({ kind, name }) => (
            <li>
              <A
                class="inline-flex min-h-6 items-center break-all hover:underline"
                href={`/${kind}s/${encodeURIComponent(name)}`}
              >
                {t(`access.user_${kind}`, { name })}
              </A>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}
