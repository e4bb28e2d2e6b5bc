import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { Icon } from "../ui/icon.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { counted, t } from "../words/words.ts";
import { promptsQuery } from "./queries.ts";

/** The way to what is asked, with how much that is. */
export function InboxLink(): JSX.Element {
  const prompts = useQuery(promptsQuery);
  const count = () => dataOf(prompts)?.length ?? 0;
  return (
    <A
      href="/inbox"
      class="flex min-h-9 items-center gap-2 px-3 font-medium text-muted hover:text-ink md:rounded-md md:px-2 [&.is-here]:text-accent md:[&.is-here]:bg-accent-soft"
      activeClass="is-here"
    >
      <Icon name="inbox" />
      <span class="max-[22rem]:sr-only">{t("shell.inbox")}</span>
      <Show when={count() > 0}>
        <span class="rounded-full bg-warn-soft px-2 text-xs text-warn tabular-nums">
          {count()}
          <span class="sr-only"> {counted("shell.waiting_for_you", count())}</span>
        </span>
      </Show>
    </A>
  );
}
