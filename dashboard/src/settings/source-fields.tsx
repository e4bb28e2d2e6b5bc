import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show, untrack } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";
import { secretsQuery } from "./access-queries.ts";
import type { GivenSettings } from "./source-form.ts";
import { TickBox } from "./tick-box.tsx";

/** The settings that a new source and one that is there have alike. */
export function SourceFields(props: { given: GivenSettings }): JSX.Element {
  const secrets = useQuery(secretsQuery);
  const [prunes, setPrunes] = createSignal(untrack(() => props.given.prune));
  const names = () => {
    const known = (dataOf(secrets) ?? []).map(({ name }) => name);
    const { token } = props.given;
    // A secret that is named may be gone.
    return token === "" || known.includes(token) ? known : [token, ...known];
  };
  return (
    <>
      <Field label={t("sources.branch")}>
        {(ids) => (
          <input
            {...ids}
            name="branch"
            class={`${inputClass} font-mono`}
            required
            maxLength={200}
            value={props.given.branch}
            autocomplete="off"
            autocapitalize="none"
          />
        )}
      </Field>
      <Field label={t("sources.folder")} hint={t("sources.folder_hint")}>
        {(ids) => (
          <input
            {...ids}
            name="folder"
            class={`${inputClass} font-mono`}
            maxLength={200}
            value={props.given.folder}
            autocomplete="off"
            autocapitalize="none"
          />
        )}
      </Field>
      <Field label={t("sources.token")} hint={t("sources.token_hint")}>
        {(ids) => (
          <select {...ids} name="token" class={inputClass}>
            <option value="" selected={props.given.token === ""}>
              {t("sources.token_none")}
            </option>
            <For each={names()}>
              {(name) => (
                <option value={name} selected={name === props.given.token}>
                  {name}
                </option>
              )}
            </For>
          </select>
        )}
      </Field>
      <Show when={secrets.isLoadingError}>
        <p role="alert" class="text-xs text-bad">
          {t("sources.secrets_unread")}
        </p>
      </Show>
      <TickBox name="prune" checked={prunes()} onChange={setPrunes}>
        {t("sources.prune")}
      </TickBox>
    </>
  );
}

/** What was typed into them. */
export function givenIn(form: FormData): GivenSettings {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  return { branch: text("branch"), folder: text("folder"), token: text("token"), prune: form.has("prune") };
}
