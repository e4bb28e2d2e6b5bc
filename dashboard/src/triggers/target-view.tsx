import type { WebhookTarget } from "@pulse/schema/wire/webhooks";
import { A } from "@solidjs/router";
import type { JSX } from "solid-js";
import { functionPath } from "../functions/paths.ts";
import { t } from "../words/words.ts";
import { workflowPath } from "../workflows/paths.ts";

/** What is started, by its name and kind, with the way there. */
export function TargetView(props: { target: WebhookTarget }): JSX.Element {
  const named = () => ("function" in props.target ? props.target.function : props.target.workflow);
  const bare = () => named().split("@", 1)[0] ?? named();
  return (
    <span class="inline-flex flex-wrap items-center gap-x-2">
      <A
        href={"function" in props.target ? functionPath(bare()) : workflowPath(bare())}
        class="inline-flex min-h-6 items-center break-all hover:underline"
      >
        {named()}
      </A>
      <span class="text-xs text-muted">
        {t("function" in props.target ? "triggers.function" : "triggers.workflow")}
      </span>
    </span>
  );
}
