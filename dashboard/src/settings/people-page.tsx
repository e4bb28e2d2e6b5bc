import type { UserView } from "@pulse/schema/wire/people";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { meQuery } from "../session/queries.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { LoadedList } from "../ui/loaded-list.tsx";
import { Moment } from "../ui/moment.tsx";
import { StatusBadge } from "../ui/status-badge.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { usersQuery } from "./access-queries.ts";
import { AddPersonDialog } from "./add-person-dialog.tsx";
import { PersonDialog } from "./person-dialog.tsx";
import { ProjectsPanel } from "./projects-panel.tsx";
import { RolesPanel } from "./roles-panel.tsx";
import { SettingsFrame } from "./settings-frame.tsx";

/** People with what they are here, what each role may, and projects. */
export function PeoplePage(): JSX.Element {
  const users = useQuery(usersQuery);
  const me = useQuery(meQuery);
  const [isAdding, setAdding] = createSignal(false);
  const [shown, setShown] = createSignal<string | null>(null);
  const isOfGateway = () => dataOf(me)?.scopes.includes("gateway") === true;
  const project = () => dataOf(me)?.project ?? "";
  const chosen = () => dataOf(users)?.find(({ username }) => username === shown());
  const add = () => (
    <Show when={isOfGateway()}>
      <Button look="primary" onClick={() => setAdding(true)}>
        <Icon name="plus" />
        {t("access.person_new")}
      </Button>
    </Show>
  );
  return (
    <SettingsFrame part="people" actions={add()}>
      <LoadedList
        query={users}
        none={t("access.people_none")}
        hint={t("access.people_none_hint")}
        first={add()}
      >
        {(all) => (
          <Table
            label={t("settings.part_people")}
            columns={[
              { title: t("access.person") },
              { title: t("access.role") },
              { title: t("access.signs_in"), wide: true },
              { title: t("access.last_seen"), wide: true },
              { title: t("settings.actions") },
            ]}
          >
            <For each={all()}>{(user) => <Row user={user} onManage={() => setShown(user.username)} />}</For>
          </Table>
        )}
      </LoadedList>
      <RolesPanel />
      <ProjectsPanel mayChange={isOfGateway()} />
      <Show when={isAdding()}>
        <AddPersonDialog project={project()} onClose={() => setAdding(false)} />
      </Show>
      <Show when={chosen()}>
        {(user) => (
          <PersonDialog
            user={user()}
            project={project()}
            isOfGateway={isOfGateway()}
            onClose={() => setShown(null)}
          />
        )}
      </Show>
    </SettingsFrame>
  );
}

function Row(props: { user: UserView; onManage: () => void }): JSX.Element {
  const roles = () => Object.entries(props.user.roles);
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} min-w-28`}>
        <p class="font-medium break-all">{props.user.name}</p>
        <p class="text-xs break-all text-muted">{props.user.username}</p>
        <Show when={props.user.disabledAt !== null}>
          <StatusBadge tone="still" icon="pause" word="access.is_disabled" />
        </Show>
      </td>
      <td class={cellClass({})}>
        <Show when={roles().length > 0} fallback={<span class="text-muted">{t("access.no_role")}</span>}>
          <ul>
            <For each={roles()}>
              {([project, role]) => (
                <li>
                  {project === "*"
                    ? t("access.role_everywhere", { role: t(`access.role_${role}`) })
                    : t("access.role_in", { role: t(`access.role_${role}`), project })}
                </li>
              )}
            </For>
          </ul>
        </Show>
      </td>
      <td class={cellClass({ wide: true })}>
        {t(`access.source_${props.user.source}`)}
        <Show when={props.user.source === "password"}>
          <p class="text-xs text-muted">
            {t(props.user.hasSecondFactor ? "settings.factor_on" : "settings.factor_off")}
          </p>
        </Show>
      </td>
      <td class={cellClass({ wide: true })}>
        <Moment at={props.user.lastSeenAt} />
      </td>
      <td class={cellClass({})}>
        <Button aria-label={`${t("access.manage")}: ${props.user.username}`} onClick={() => props.onManage()}>
          {t("access.manage")}
        </Button>
      </td>
    </tr>
  );
}
