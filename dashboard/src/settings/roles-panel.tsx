import { everyProject, roles, scopesIn } from "@pulse/schema/roles";
import { For, type JSX, Show } from "solid-js";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { plainScopes, scopeText } from "./scope-words.ts";

const project = "here";
/** What each role opens, by the rule that the gateway decides with; the last one in every project. */
const columns = [
  ...roles.map((role) => ({ name: role, scopes: scopesIn([{ project, role }], project) })),
  { name: "everywhere", scopes: scopesIn([{ project: everyProject, role: "admin" }], project) },
] as const;

/** What each role may, in words. */
export function RolesPanel(): JSX.Element {
  const title = (name: (typeof columns)[number]["name"]) =>
    name === "everywhere"
      ? t("access.role_everywhere", { role: t("access.role_admin") })
      : t(`access.role_${name}`);
  return (
    <Panel title={t("access.roles")} flush>
      <Table
        flush
        still
        label={t("access.roles")}
        columns={[{ title: t("access.may") }, ...columns.map(({ name }) => ({ title: title(name) }))]}
      >
        <For each={plainScopes}>
          {(scope) => (
            <tr>
              <th scope="row" class={`${cellClass({})} min-w-40 font-normal`}>
                {scopeText(scope)}
              </th>
              <For each={columns}>
                {({ scopes }) => (
                  <td class={cellClass({})}>
                    <Show
                      when={scopes.includes(scope)}
                      fallback={<span class="text-muted">{t("access.no")}</span>}
                    >
                      <span class="inline-flex items-center gap-1 text-ok">
                        <Icon name="done" />
                        {t("access.yes")}
                      </span>
                    </Show>
                  </td>
                )}
              </For>
            </tr>
          )}
        </For>
      </Table>
    </Panel>
  );
}
