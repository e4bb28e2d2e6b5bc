import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { executionPath } from "../executions/execution-row.tsx";
import { Empty } from "../ui/empty.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
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
      <Loaded query={prompts}>
        {(items) => (
          <Show
            when={items().length > 0}
            fallback={
              <Empty title={t("workflows.nothing_asked")}>
                <p class="max-w-md text-muted">{t("workflows.inbox_hint")}</p>
              </Empty>
            }
          >
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
          </Show>
        )}
      </Loaded>
    </Page>
  );
}
