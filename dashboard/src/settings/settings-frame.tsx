import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, onMount } from "solid-js";
import { meQuery } from "../session/queries.ts";
import { dataOf } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { t } from "../words/words.ts";
import { adminParts, type Part, partPath, parts } from "./parts.ts";

const linkClass =
  "flex min-h-8 items-center rounded-md px-2.5 font-medium whitespace-nowrap text-muted hover:bg-sunken hover:text-ink [&.is-here]:bg-accent-soft [&.is-here]:text-accent";

/** A page of the settings: the ways to the others beside it, or above it on a narrow screen. */
export function SettingsFrame(props: {
  part: Part;
  actions?: JSX.Element;
  children: JSX.Element;
}): JSX.Element {
  const me = useQuery(meQuery);
  const isAdmin = () => dataOf(me)?.scopes.includes("admin") === true;
  const shown = () => parts.filter((one) => isAdmin() || !adminParts.has(one));
  let nav: HTMLElement | undefined;
  // On a narrow screen the list of pages is wider than it.
  onMount(() => nav?.querySelector(".is-here")?.scrollIntoView({ block: "nearest", inline: "center" }));
  const name = () => t(`settings.part_${props.part}`);
  return (
    <Page title={`${t("settings.title")} · ${name()}`} actions={props.actions}>
      <div class="grid grid-cols-[minmax(0,1fr)] items-start gap-4 md:grid-cols-[10rem_minmax(0,1fr)] md:gap-6">
        <nav
          ref={nav}
          aria-label={t("settings.title")}
          class="flex gap-1 overflow-x-auto border-b border-line pb-2 md:sticky md:top-4 md:grid md:border-b-0"
        >
          <For each={shown()}>
            {(part) => (
              <A href={partPath(part)} end class={linkClass} activeClass="is-here">
                {t(`settings.part_${part}`)}
              </A>
            )}
          </For>
          <a href="/docs" rel="external" class={linkClass}>
            {t("settings.reference")}
          </a>
        </nav>
        <div class="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">{props.children}</div>
      </div>
    </Page>
  );
}
