import type { JSX } from "solid-js";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { t } from "../words/words.ts";

/** A secret that the gateway shows this once. */
export function SecretOnce(props: { secret: string }): JSX.Element {
  return (
    <div class="grid gap-2">
      <p>{t("triggers.secret_once")}</p>
      <CodeText text={props.secret} label={t("triggers.secret")} wraps />
      <div class="justify-self-end">
        <CopyButton text={props.secret} what={t("triggers.secret")} />
      </div>
    </div>
  );
}
