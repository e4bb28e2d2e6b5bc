import type { FunctionView } from "@pulse/schema/wire/functions";
import { type JSX, Show } from "solid-js";
import { CopyButton } from "../ui/copy-button.tsx";
import { lazily } from "../ui/lazily.tsx";
import { t } from "../words/words.ts";

// Behind what is closed at first: the page stands without it.
const ExampleCall = lazily(async () => (await import("./example-call.tsx")).ExampleCall);

/** How a function is called from outside: its address, who may, and examples. */
export function PublicUrl(props: { view: FunctionView }): JSX.Element {
  return (
    <details class="group rounded-lg border border-line bg-surface">
      <summary class="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
        <span aria-hidden="true" class="text-muted group-open:rotate-90">
          ▸
        </span>
        <span class="font-medium">{t("call.url")}</span>
        <code class="min-w-0 text-xs break-all text-muted">{props.view.url}</code>
        <span class="text-xs text-muted">{isPublic(props.view) ? t("call.public") : t("call.key")}</span>
      </summary>
      <div class="grid gap-3 border-t border-line p-4">
        <Show when={props.view.aliases.live === undefined}>
          <p class="text-warn">{t("call.not_live")}</p>
        </Show>
        <div class="flex flex-wrap items-center gap-2">
          <code class="min-w-0 flex-1 rounded-md border border-line bg-sunken px-2 py-1.5 text-xs break-all">
            {props.view.url}
          </code>
          <CopyButton text={props.view.url} what={t("call.url")} />
        </div>
        <ExampleCall view={props.view} />
      </div>
    </details>
  );
}

/** Whether anybody may call a function; null: nothing is deployed that could be called. */
export function isPublic(view: Pick<FunctionView, "settings"> | null): boolean {
  const endpoint = view?.settings.endpoint;
  return (
    typeof endpoint === "object" && endpoint !== null && "auth" in endpoint && endpoint.auth === "public"
  );
}
