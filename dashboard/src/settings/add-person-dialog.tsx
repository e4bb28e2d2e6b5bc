import type { Role } from "@pulse/schema/roles";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { ShownOnce } from "../ui/shown-once.tsx";
import { t } from "../words/words.ts";
import { addUser, type NewUser } from "./access-queries.ts";
import { madePassword } from "./password-maker.ts";
import { RoleField } from "./role-field.tsx";

/** Adds a person who signs in by password: one that is made here, and shown this once. */
export function AddPersonDialog(props: { project: string; onClose: () => void }): JSX.Element {
  const [password] = createSignal(madePassword());
  const add = useMutation(() => ({
    mutationFn: async (body: NewUser) => {
      await addUser(body);
      return body.username;
    },
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const [here, everywhere] = [text("here"), text("everywhere")];
    add.mutate({
      username: text("username"),
      password: password(),
      ...(text("name") === "" ? {} : { name: text("name") }),
      ...(text("email") === "" ? {} : { email: text("email") }),
      roles: {
        // The options of the selects are the roles.
        ...(here === "" ? {} : { [props.project]: here as Role }),
        ...(everywhere === "" ? {} : { "*": everywhere as Role }),
      },
    });
  };
  return (
    <Dialog open onClose={props.onClose} title={t("access.person_new")}>
      <Show
        when={add.data}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <Field label={t("access.username")}>
              {(ids) => (
                <input
                  {...ids}
                  name="username"
                  class={inputClass}
                  required
                  autofocus
                  autocomplete="off"
                  autocapitalize="none"
                />
              )}
            </Field>
            <Field label={t("access.full_name")}>
              {(ids) => <input {...ids} name="name" class={inputClass} maxLength={200} autocomplete="off" />}
            </Field>
            <Field label={t("access.email")}>
              {(ids) => <input {...ids} name="email" type="email" class={inputClass} autocomplete="off" />}
            </Field>
            <RoleField
              label={t("access.role_here", { project: props.project })}
              name="here"
              value="operator"
            />
            <RoleField label={t("access.role_all")} name="everywhere" />
            <SendButton sending={add}>{t("access.make")}</SendButton>
          </form>
        }
      >
        {(name) => (
          <>
            <ShownOnce
              text={password()}
              what={t("access.password")}
              hint={t("access.password_once", { name: name() })}
            />
            <Button look="primary" class="justify-self-end" onClick={() => props.onClose()}>
              {t("access.key_kept")}
            </Button>
          </>
        )}
      </Show>
    </Dialog>
  );
}
