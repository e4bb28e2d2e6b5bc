import { setUp } from "@pulse/schema/wire/auth";
import { getFunction } from "@pulse/schema/wire/functions";
import { A, useNavigate } from "@solidjs/router";
import { createSignal, type JSX, Show } from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { api } from "./client.ts";
import { queryClient } from "./query-client.ts";

/** The function that every new gateway has. */
const sample = "hello";
const mostMs = 30_000;

/**
 * The page of the set-up URL: the token in its fragment, which no browser sends by itself, opens a session once, and the sample function is the first
 * thing to be seen. Without a good token it says how to get one.
 */
export function SetUp(): JSX.Element {
  const navigate = useNavigate();
  const [error, setError] = createSignal<unknown>(null);
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  // It is good once; nobody needs it in the history.
  history.replaceState(history.state, "", location.pathname);
  const open = async (given: string) => {
    try {
      await api.call(setUp, { body: { token: given }, signal: AbortSignal.timeout(mostMs) });
      const hasSample = await api
        .call(getFunction, { params: { name: sample }, signal: AbortSignal.timeout(mostMs) })
        .then(() => true)
        .catch(() => false);
      await queryClient.resetQueries({ queryKey: ["me"] });
      navigate(hasSample ? `/functions/${sample}` : "/functions", { replace: true });
    } catch (problem) {
      setError(problem);
    }
  };
  if (token !== null) void open(token);
  return (
    <main class="grid min-h-dvh place-items-center p-4">
      <div class="grid w-full max-w-md gap-4 rounded-xl border border-line bg-surface p-6 shadow-sm">
        <div class="flex items-center gap-3">
          <img src="/icon.svg" alt="" class="size-9" />
          <h1 class="text-lg font-semibold">{t("setup.title")}</h1>
        </div>
        <Show when={token === null || error()} fallback={<p role="status">{t("setup.busy")}</p>}>
          <Show when={error()}>{(problem) => <ProblemNotice error={problem()} />}</Show>
          <p>{t("setup.how")}</p>
          <pre class="overflow-x-auto rounded-md bg-sunken p-3 text-xs">cat pulse-data/setup-url</pre>
          <A href="/functions" class={`${buttonClass("primary")} justify-self-start`}>
            {t("setup.sign_in")}
          </A>
        </Show>
      </div>
    </main>
  );
}
