import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { DefinitionEditor } from "./definition-editor.tsx";
import { definitionQuery, saveDefinition } from "./queries.ts";

/** The newest definition, to be read and changed; a save makes the next revision, unless somebody else saved meanwhile. */
export function DefinitionTab(props: { name: string }): JSX.Element {
  const definition = useQuery(() => definitionQuery(props.name));
  const [typed, setTyped] = createSignal<string | null>(null);
  const save = useMutation(() => ({
    mutationFn: (given: { text: string; etag: string | null }) =>
      saveDefinition(props.name, given.text, given.etag),
    onSuccess: () => {
      setTyped(null);
      say(t("workflows.saved"));
    },
  }));
  return (
    <Loaded query={definition}>
      {(read) => (
        <form
          class="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate({ text: typed() ?? read().text, etag: read().etag });
          }}
        >
          <DefinitionEditor text={typed() ?? read().text} onInput={setTyped} />
          <Show when={save.error}>{(error) => <ProblemNotice error={error()} />}</Show>
          <div class="flex flex-wrap justify-end gap-2">
            <Button disabled={typed() === null} onClick={() => setTyped(null)}>
              {t("workflows.discard")}
            </Button>
            <Button type="submit" look="primary" disabled={typed() === null || save.isPending}>
              {t("workflows.save")}
            </Button>
          </div>
        </form>
      )}
    </Loaded>
  );
}
