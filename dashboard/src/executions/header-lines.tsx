import { For, type JSX } from "solid-js";
import { t } from "../words/words.ts";

/** The headers of a request, folded away. */
export function HeaderLines(props: { headers: readonly (readonly [string, string])[] }): JSX.Element {
  return (
    <details>
      <summary class="min-h-6 font-medium">{t("execution.headers")}</summary>
      <dl class="mt-2 grid gap-x-4 gap-y-1 font-mono text-xs md:grid-cols-[auto_minmax(0,1fr)]">
        <For each={props.headers}>
          {([name, value]) => (
            <>
              <dt class="text-muted">{name}</dt>
              <dd class="min-w-0 break-all max-md:mb-1">{value}</dd>
            </>
          )}
        </For>
      </dl>
    </details>
  );
}
