import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { addProject, projectsQuery, removeProject } from "./access-queries.ts";

/** The projects that one may use; whoever may makes and deletes them. */
export function ProjectsPanel(props: { mayChange: boolean }): JSX.Element {
  const projects = useQuery(projectsQuery);
  const [removing, setRemoving] = createSignal<string | null>(null);
  return (
    <Panel title={t("access.projects")}>
      <div class="grid gap-4">
        <p class="text-muted">{t("access.projects_hint")}</p>
        <Loaded query={projects}>
          {(list) => (
            <ul class="grid gap-1">
              <For each={list().items}>
                {({ name, role, createdAt }) => (
                  <li class="flex flex-wrap items-center gap-3">
                    <span class="font-medium break-all">{name}</span>
                    <Show when={role}>
                      {(own) => <span class="text-muted">{t(`access.role_${own()}`)}</span>}
                    </Show>
                    <Show when={props.mayChange && createdAt !== null}>
                      <Button
                        look="danger"
                        class="ml-auto"
                        aria-label={`${t("access.remove")}: ${name}`}
                        onClick={() => setRemoving(name)}
                      >
                        {t("access.remove")}
                      </Button>
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          )}
        </Loaded>
        <Show when={props.mayChange}>
          <NewProject />
        </Show>
      </div>
      <Show when={removing()}>
        {(name) => (
          <AskDialog
            title={t("access.project_remove_title", { name: name() })}
            hint={t("access.project_remove_hint")}
            action={t("access.remove")}
            act={() => removeProject(name())}
            onClose={() => setRemoving(null)}
          />
        )}
      </Show>
    </Panel>
  );
}

function NewProject(): JSX.Element {
  const add = useMutation(() => ({ mutationFn: (name: string) => addProject(name) }));
  let form: HTMLFormElement | undefined;
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name") ?? "").trim();
    add.mutate(name, { onSuccess: () => form?.reset() });
  };
  return (
    <form ref={form} class="grid gap-2" onSubmit={submit}>
      <div class="flex flex-wrap items-end gap-2">
        <Field label={t("access.project_new")}>
          {(ids) => (
            <input
              {...ids}
              name="name"
              class={inputClass}
              required
              maxLength={63}
              autocomplete="off"
              autocapitalize="none"
            />
          )}
        </Field>
        <Button type="submit" disabled={add.isPending}>
          {t("access.make")}
        </Button>
      </div>
      <Show when={add.error}>{(error) => <ProblemNotice error={error()} />}</Show>
    </form>
  );
}
