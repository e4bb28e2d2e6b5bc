import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { executionPath } from "../executions/execution-row.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { LoadedList } from "../ui/loaded-list.tsx";
import { Page } from "../ui/page.tsx";
import { t } from "../words/words.ts";
import { promptPath } from "./paths.ts";
import { PromptCard } from "./prompt-card.tsx";
import { promptsQuery } from "./queries.ts";

const linkClass = "inline-flex min-h-6 items-center font-medium text-accent underline";

/** What people are asked and nobody has answered, to be answered here. */
export function InboxPage(): JSX.Element {
  const prompts = useQuery(promptsQuery);
  const byId = (id: string) => dataOf(prompts)?.find((one) => one.id === id);
  return (
    <Page title={t("shell.inbox")}>
      <LoadedList query={prompts} none={t("workflows.nothing_asked")} hint={t("workflows.inbox_hint")}>
        {(items) => (
          <For each={items().map(({ id }) => id)}>
            {(id) => (
              <Show when={byId(id)}>
                {(prompt) => (
                  <PromptCard execution={prompt().execution} prompt={prompt()}>
                    <p class="flex flex-wrap gap-x-4">
                      <A href={executionPath(prompt().execution)} class={linkClass}>
                        {prompt().workflow}
                      </A>
                      <A href={promptPath(id)} class={linkClass}>
                        {t("workflows.alone")}
                      </A>
                    </p>
                  </PromptCard>
                )}
              </Show>
            )}
          </For>
        )}
      </LoadedList>
    </Page>
  );
}
