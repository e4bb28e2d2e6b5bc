import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { meQuery, signOut } from "../session/queries.ts";
import { LanguageField } from "../session/sign-in.tsx";
import { chooseTheme, type Theme, theme, themes } from "../session/theme.ts";
import { Button } from "../ui/button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { t } from "../words/words.ts";
import { ArrivalPanel } from "./arrival-panel.tsx";
import { FactorPanel } from "./factor-panel.tsx";
import { PasswordPanel } from "./password-panel.tsx";
import { scopeText } from "./scope-words.ts";
import { SessionsPanel } from "./sessions-panel.tsx";
import { SettingsFrame } from "./settings-frame.tsx";

/** What is about whoever is signed in: how this browser shows things, the session, password, second factor and other browsers. */
export function YouPage(): JSX.Element {
  const me = useQuery(meQuery);
  const person = () => dataOf(me)?.person;
  return (
    <SettingsFrame part="you">
      <div class="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
        <Panel title={t("settings.appearance")}>
          <div class="grid gap-4">
            <Field label={t("settings.theme")}>
              {(ids) => (
                <select
                  {...ids}
                  class={inputClass}
                  onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
                >
                  <For each={themes}>
                    {(one) => (
                      <option value={one} selected={one === theme()}>
                        {t(`settings.theme_${one}`)}
                      </option>
                    )}
                  </For>
                </select>
              )}
            </Field>
            <LanguageField label={t("settings.language")} />
          </div>
        </Panel>
        <Panel title={t("settings.session")}>
          <Loaded query={me}>
            {(who) => (
              <Facts>
                <Fact name={t("settings.signed_in_as")}>{who().name}</Fact>
                <Fact name={t("settings.project")}>{who().project}</Fact>
                <Fact name={t("settings.scopes")}>
                  <ul class="list-disc pl-4">
                    <For each={who().scopes}>{(scope) => <li>{scopeText(scope)}</li>}</For>
                  </ul>
                </Fact>
                <Fact name={t("settings.until")}>
                  <Moment at={who().expiresAt} />
                </Fact>
              </Facts>
            )}
          </Loaded>
          <Button class="mt-4" onClick={() => void signOut()}>
            {t("settings.sign_out")}
          </Button>
        </Panel>
        <Show when={person()?.source === "password"}>
          <PasswordPanel />
          <FactorPanel isOn={person()?.hasSecondFactor === true} />
        </Show>
      </div>
      <SessionsPanel />
      <Show when={dataOf(me)?.scopes.includes("gateway")}>
        <ArrivalPanel />
      </Show>
    </SettingsFrame>
  );
}
