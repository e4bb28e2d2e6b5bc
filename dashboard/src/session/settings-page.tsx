import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Page } from "../ui/page.tsx";
import { Panel } from "../ui/panel.tsx";
import { t } from "../words/words.ts";
import { ArrivalPanel } from "./arrival-panel.tsx";
import { meQuery, signOut, versionQuery } from "./queries.ts";
import { LanguageField } from "./sign-in.tsx";
import { chooseTheme, type Theme, theme, themes } from "./theme.ts";

/** Appearance, language and the session. */
export function SettingsPage(): JSX.Element {
  const me = useQuery(meQuery);
  const version = useQuery(versionQuery);
  return (
    <Page title={t("settings.title")}>
      <div class="grid items-start gap-4 md:grid-cols-2">
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
                <Fact name={t("settings.scopes")}>{who().scopes.join(", ")}</Fact>
                <Fact name={t("settings.until")}>
                  <Moment at={who().expiresAt} />
                </Fact>
                <Fact name={t("settings.version")}>{dataOf(version)?.version ?? "…"}</Fact>
                <Fact name={t("settings.api")}>
                  <a class="text-accent underline" href="/docs" rel="external">
                    {t("settings.api_link")}
                  </a>
                </Fact>
              </Facts>
            )}
          </Loaded>
          <Button class="mt-4" onClick={() => void signOut()}>
            {t("settings.sign_out")}
          </Button>
        </Panel>
        <Show when={dataOf(me)?.scopes.includes("gateway")}>
          <ArrivalPanel />
        </Show>
      </div>
    </Page>
  );
}
