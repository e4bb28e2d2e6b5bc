import type { Role } from "@pulse/schema/roles";
import type { UserView } from "@pulse/schema/wire/people";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Match, Show, Switch } from "solid-js";
import { ActButton } from "../ui/act-button.tsx";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { ShownOnce } from "../ui/shown-once.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { removeUser, setUser, type UserChange } from "./access-queries.ts";
import { EraseDialog } from "./erase-dialog.tsx";
import { madePassword } from "./password-maker.ts";
import { RoleField } from "./role-field.tsx";

/** What an administrator does with a person: roles, a new password, the second factor they lost, disabling, deleting, an export of what is kept of them, and erasing. */
export function PersonDialog(props: {
  user: UserView;
  project: string;
  isOfGateway: boolean;
  onClose: () => void;
}): JSX.Element {
  const [password, setPassword] = createSignal<string | null>(null);
  const [asked, setAsked] = createSignal<"remove" | "erase" | null>(null);
  const name = () => props.user.username;
  const change = async (body: UserChange) => {
    await setUser(name(), body);
    say(t("access.person_changed", { name: name() }));
  };
  const renew = async () => {
    const made = madePassword();
    await change({ password: made });
    setPassword(made);
  };
  const remove = async () => {
    const removed = name();
    await removeUser(removed);
    say(t("access.person_removed", { name: removed }));
    props.onClose();
  };
  const roles = useMutation(() => ({ mutationFn: (given: UserChange["roles"]) => change({ roles: given }) }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    // The options of the selects are the roles, and none.
    const roleOf = (field: string) => (form.get(field) || null) as Role | null;
    roles.mutate({
      [props.project]: roleOf("here"),
      ...(props.isOfGateway ? { "*": roleOf("everywhere") } : {}),
    });
  };
  return (
    <Switch>
      <Match when={asked() === "remove"}>
        <AskDialog
          title={t("access.person_remove_title", { name: name() })}
          hint={t("access.person_remove_hint")}
          action={t("access.remove")}
          act={remove}
          onClose={() => setAsked(null)}
        />
      </Match>
      <Match when={asked() === "erase"}>
        <EraseDialog name={name()} onErased={props.onClose} onClose={() => setAsked(null)} />
      </Match>
      <Match when={asked() === null}>
        <Dialog open onClose={props.onClose} title={props.user.name}>
          <form class="grid gap-3" onSubmit={submit}>
            <RoleField
              label={t("access.role_here", { project: props.project })}
              name="here"
              value={props.user.roles[props.project]}
            />
            <Show when={props.isOfGateway}>
              <RoleField label={t("access.role_all")} name="everywhere" value={props.user.roles["*"]} />
            </Show>
            <Show when={roles.error}>{(error) => <ProblemNotice error={error()} />}</Show>
            <Button type="submit" look="primary" class="justify-self-start" disabled={roles.isPending}>
              {t("access.save_roles")}
            </Button>
          </form>
          <Show when={props.isOfGateway}>
            <div class="flex flex-wrap gap-2 border-t border-line pt-4">
              <ActButton
                name={t(props.user.disabledAt === null ? "access.disable" : "access.enable")}
                act={() => change({ disabled: props.user.disabledAt === null })}
              />
              <Show when={props.user.source === "password"}>
                <ActButton name={t("access.new_password")} act={renew} />
              </Show>
              <Show when={props.user.hasSecondFactor}>
                <ActButton name={t("settings.factor_remove")} act={() => change({ secondFactor: null })} />
              </Show>
              <a
                class={buttonClass()}
                href={`/v1/users/${encodeURIComponent(name())}/export`}
                rel="external"
                download={`pulse-${name()}.ndjson`}
              >
                {t("access.export")}
              </a>
              <Button look="danger" onClick={() => setAsked("remove")}>
                {t("access.remove")}
              </Button>
              <Button look="danger" onClick={() => setAsked("erase")}>
                {t("access.erase_ask")}
              </Button>
            </div>
            <Show when={password()}>
              {(made) => (
                <ShownOnce
                  text={made()}
                  what={t("access.password")}
                  hint={t("access.password_once", { name: name() })}
                />
              )}
            </Show>
          </Show>
        </Dialog>
      </Match>
    </Switch>
  );
}
