import { type Erasure, eraseUser } from "@pulse/schema/wire/people";
import { queryOptions, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { api } from "../session/client.ts";
import { queryClient } from "../session/query-client.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { say } from "../ui/toasts.tsx";
import { number, t } from "../words/words.ts";

const eraseMs = 300_000;
const parts = ["deleted", "pseudonymised", "kept"] as const;

const wouldQuery = (name: string) =>
  queryOptions({
    queryKey: ["users", "erase", name],
    queryFn: ({ signal }) => api.call(eraseUser, { params: { name }, body: { dryRun: true }, signal }),
    staleTime: 0,
  });

/** Erases a person, after it was shown how many rows of what that deletes, gives a pseudonym to, and leaves; the username is typed first. */
export function EraseDialog(props: { name: string; onErased: () => void; onClose: () => void }): JSX.Element {
  const would = useQuery(() => wouldQuery(props.name));
  const [typed, setTyped] = createSignal("");
  const erase = async () => {
    if (typed() !== props.name) throw new Error(t("access.erase_typed_wrong", { name: props.name }));
    const { pseudonym } = await api.call(eraseUser, {
      params: { name: props.name },
      body: {},
      signal: AbortSignal.timeout(eraseMs),
    });
    await queryClient.invalidateQueries({ queryKey: ["users"], exact: true });
    say(t("access.erased", { name: props.name, pseudonym }));
    props.onErased();
  };
  return (
    <AskDialog
      title={t("access.erase_title", { name: props.name })}
      hint={t("access.erase_hint")}
      action={t("access.erase")}
      act={erase}
      onClose={props.onClose}
    >
      <Loaded query={would}>{(erasure) => <Would erasure={erasure()} />}</Loaded>
      <Field label={t("access.erase_type", { name: props.name })}>
        {(ids) => (
          <input
            {...ids}
            autofocus
            class={inputClass}
            value={typed()}
            autocomplete="off"
            autocapitalize="none"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </Field>
    </AskDialog>
  );
}

function Would(props: { erasure: Erasure }): JSX.Element {
  return (
    <dl class="grid max-h-64 gap-3 overflow-y-auto">
      <For each={parts}>
        {(part) => (
          <div>
            <dt class="font-medium">{t(`access.erase_${part}`, { pseudonym: props.erasure.pseudonym })}</dt>
            <dd class="text-muted">
              <Show when={rowsOf(props.erasure[part])} fallback={t("access.erase_nothing")}>
                {(rows) => rows()}
              </Show>
            </dd>
          </div>
        )}
      </For>
    </dl>
  );
}

/** The kinds that there is something of, in the API's own names: `sessions 2, keys 1`. */
function rowsOf(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([kind, count]) => `${kind} ${number(count)}`).join(", ");
}
