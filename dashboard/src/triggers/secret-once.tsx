import type { JSX } from "solid-js";
import { ShownOnce } from "../ui/shown-once.tsx";
import { t } from "../words/words.ts";

/** A secret that the gateway shows this once. */
export function SecretOnce(props: { secret: string }): JSX.Element {
  return <ShownOnce text={props.secret} what={t("triggers.secret")} hint={t("triggers.secret_once")} />;
}
