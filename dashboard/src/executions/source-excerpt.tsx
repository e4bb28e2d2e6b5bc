import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { dataOf } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";
import { excerptOf } from "./excerpt.ts";
import { sourceQuery } from "./source-query.ts";
import { placeOf } from "./why.ts";

/** The lines of the deployed code around the one that failed; only its place when the code is not to be had. */
export function SourceExcerpt(props: { view: ExecutionView }): JSX.Element {
  const source = useQuery(() => sourceQuery(props.view.name, props.view.version ?? 0));
  const lines = () => {
    return excerptOf(dataOf(source)?.files ?? [], props.view.error?.file, props.view.error?.line);
  };
  const place = () => placeOf(props.view) ?? "";
  return (
    <Show
      when={lines().length > 0}
      fallback={<p class={`font-mono text-xs break-all ${source.isPending ? "min-h-44" : ""}`}>{place()}</p>}
    >
      <figure class="min-w-0 overflow-hidden rounded-md border border-line bg-surface">
        <figcaption class="border-b border-line px-3 py-1.5 text-xs text-muted">
          {t("execution.code_at", { place: place() })}
        </figcaption>
        <section
          aria-label={t("execution.code_at", { place: place() })}
          tabindex="0"
          class="overflow-x-auto py-1"
        >
          <ol class="min-w-fit font-mono text-xs leading-5">
            <For each={lines()}>
              {(line) => (
                <li class={`flex gap-3 pr-3 whitespace-pre ${line.isIt ? "bg-bad-soft font-semibold" : ""}`}>
                  <span
                    aria-hidden="true"
                    class={`w-12 text-right select-none ${line.isIt ? "text-bad" : "text-muted"}`}
                  >
                    {line.isIt ? "▶ " : ""}
                    {line.number}
                  </span>
                  <Show when={line.isIt}>
                    <span class="sr-only">{t("execution.this_line")}</span>
                  </Show>
                  <span>{line.text}</span>
                </li>
              )}
            </For>
          </ol>
        </section>
      </figure>
    </Show>
  );
}
