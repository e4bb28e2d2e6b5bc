import { useMutation, useQuery } from "@tanstack/solid-query";
import { createEffect, type JSX, Show } from "solid-js";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { startLine } from "./enrolment.ts";
import { makeToken, runnersQuery } from "./queries.ts";

const lookMs = 2000;

/** While no runner is online: the line that starts one. Nothing as soon as one is there; a problem where that cannot be read. */
export function NoRunner(): JSX.Element {
  const runners = useQuery(() => ({ ...runnersQuery(), refetchInterval: lookMs }));
  const isAlone = () => dataOf(runners)?.every(({ status }) => status !== "online") ?? false;
  // The token is shown this once, so it is made only when it is needed.
  const make = useMutation(() => ({
    mutationFn: async () =>
      startLine(location.origin, (await makeToken({ pool: "default", labels: {} })).token, "", "terminal"),
  }));
  createEffect(() => {
    if (isAlone() && make.isIdle) make.mutate();
  });
  return (
    <Show
      when={isAlone()}
      fallback={
        <Show when={runners.isLoadingError && runners.error}>
          {(error) => <ProblemNotice error={error()} onRetry={() => void runners.refetch()} />}
        </Show>
      }
    >
      <section
        class="grid gap-2 rounded-md border border-warn bg-warn-soft px-3 py-2"
        aria-label={t("runners.add_title")}
      >
        <p>{t("setup.no_runner")}</p>
        <Show when={make.error}>
          {(error) => <ProblemNotice error={error()} onRetry={() => make.mutate()} />}
        </Show>
        <Show when={make.data}>
          {(line) => (
            <>
              <CodeText text={line()} label={t("runners.command")} wraps />
              <div class="justify-self-end">
                <CopyButton text={line()} what={t("runners.command")} />
              </div>
              <p class="flex items-center gap-2" role="status">
                <Icon name="busy" class="animate-spin" />
                {t("runners.awaited")}
              </p>
            </>
          )}
        </Show>
      </section>
    </Show>
  );
}
