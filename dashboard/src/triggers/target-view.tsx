import type { WebhookTarget } from "@pulse/schema/wire/webhooks";
import { A } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import { functionPath } from "../functions/paths.ts";
import { t } from "../words/words.ts";

/** What is started, by its name and kind, with the way there where it has a page. */
export function TargetView(props: { target: WebhookTarget }): JSX.Element {
  const named = () => ("function" in props.target ? props.target.function : props.target.workflow);
  const bare = () => named().split("@", 1)[0] ?? named();
  return (
    <span class="inline-flex flex-wrap items-center gap-x-2">
      <Show when={"function" in props.target} fallback={<span class="break-all">{named()}</span>}>
        <A href={functionPath(bare())} class="inline-flex min-h-6 items-center break-all hover:underline">
          {named()}
        </A>
      </Show>
      <span class="text-xs text-muted">
        {t("function" in props.target ? "triggers.function" : "triggers.workflow")}
      </span>
    </span>
  );
}
