import { A } from "@solidjs/router";
import type { JSX } from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { Page } from "../ui/page.tsx";
import { t } from "../words/words.ts";

/** What stands at an address that nothing has. */
export function NotFoundPage(): JSX.Element {
  return (
    <Page title={t("shell.not_found")}>
      <p class="text-muted">{t("shell.not_found_hint")}</p>
      <A href="/" class={`${buttonClass("primary")} justify-self-start`}>
        {t("shell.go_home")}
      </A>
    </Page>
  );
}
