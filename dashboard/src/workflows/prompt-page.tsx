import type { PromptItem } from "@pulse/schema/wire/prompts";
import { A, useParams } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { executionPath } from "../executions/execution-row.tsx";
import { buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Icon } from "../ui/icon.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { exact } from "../ui/moment.tsx";
import { Page } from "../ui/page.tsx";
import { t } from "../words/words.ts";
import { PromptCard } from "./prompt-card.tsx";
import { promptQuery } from "./queries.ts";

/** One question, to be answered with a thumb; once it is closed, who answered and how. */
export function PromptPage(): JSX.Element {
  const params = useParams<{ id: string }>();
  const prompt = useQuery(() => promptQuery(params.id));
  return (
    <Page title={t("workflows.question")}>
      <Loaded query={prompt}>
        {(read) => (
          <Show when={read().found} fallback={<NotThere />}>
            {(found) => (
              <>
                <Show when={found().status === "open"} fallback={<Closed prompt={found()} />}>
                  <PromptCard execution={found().execution} prompt={found()} isBig />
                </Show>
                <p class="flex flex-wrap gap-2">
                  <A href={executionPath(found().execution)} class={`${buttonClass()} min-h-11!`}>
                    {t("workflows.to_run", { name: found().workflow })}
                  </A>
                  <A href="/inbox" class={`${buttonClass("quiet")} min-h-11!`}>
                    {t("shell.inbox")}
                  </A>
                </p>
              </>
            )}
          </Show>
        )}
      </Loaded>
    </Page>
  );
}

function NotThere(): JSX.Element {
  return (
    <Empty title={t("workflows.no_question")}>
      <p class="max-w-md text-muted">{t("workflows.no_question_hint")}</p>
      <A href="/inbox" class={`${buttonClass()} min-h-11!`}>
        {t("shell.inbox")}
      </A>
    </Empty>
  );
}

const endings = {
  answered: "workflows.was_answered",
  expired: "workflows.was_expired",
  cancelled: "workflows.was_cancelled",
} as const;

/** What became of a question that is not open any more. */
function Closed(props: { prompt: PromptItem }): JSX.Element {
  const ending = () => {
    const { status, answeredBy, response } = props.prompt;
    if (status === "answered" && answeredBy !== null)
      return t("workflows.answered_by", { by: answeredBy, response: labelOf(props.prompt, response ?? "") });
    return t(endings[status === "open" ? "answered" : status]);
  };
  return (
    <section
      aria-label={t("workflows.ending")}
      class="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border border-line bg-surface p-4"
    >
      <h2 class="font-semibold break-words whitespace-pre-wrap">{props.prompt.message}</h2>
      <p role="status" class="flex items-start gap-2 text-base">
        <Icon name="done" class="mt-1" />
        <span class="min-w-0 break-words">{ending()}</span>
      </p>
      <Show when={props.prompt.closedAt}>
        {(at) => <p class="text-xs text-muted">{t("workflows.closed_at", { at: exact(at()) })}</p>}
      </Show>
      <Show when={props.prompt.answers.length > 1}>
        <ul class="grid gap-1 text-xs text-muted">
          <For each={props.prompt.answers}>
            {({ by, response, at }) => (
              <li class="break-words">
                {t("workflows.answered_by", { by, response: labelOf(props.prompt, response) })} · {exact(at)}
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}

function labelOf({ options }: PromptItem, value: string): string {
  return options.find((one) => one.value === value)?.label ?? value;
}
