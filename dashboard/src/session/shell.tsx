import { useLocation } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createEffect, createSignal, type JSX, Match, onCleanup, Show, Switch } from "solid-js";
import { Icon } from "../ui/icon.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Waiting } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { Frame } from "./frame.tsx";
import { meQuery } from "./queries.ts";
import { queryClient } from "./query-client.ts";
import { isReachable } from "./reach.ts";

const askAgainMs = 3000;

const SignIn = lazily(async () => (await import("./sign-in.tsx")).SignIn);
const SetUp = lazily(async () => (await import("./set-up.tsx")).SetUp, ["setup"]);

/** The frame around every page: who may come in, where one can go, and whether the gateway answers. */
export function Shell(props: { children?: JSX.Element }): JSX.Element {
  const place = useLocation();
  const me = useQuery(meQuery);
  const [wasIn, setWasIn] = createSignal(false);
  const who = () => (me.isPending || me.isLoadingError ? undefined : me.data);
  createEffect(() => {
    if (who()) setWasIn(true);
  });
  return (
    <>
      <Unreachable />
      <Switch>
        <Match when={place.pathname === "/setup"}>
          <SetUp />
        </Match>
        <Match when={who()}>
          <Frame>{props.children}</Frame>
        </Match>
        <Match when={who() === null}>
          <SignIn expired={wasIn()} />
        </Match>
        <Match when={me.isLoadingError}>
          <main class="mx-auto grid max-w-lg gap-4 p-6">
            <h1 class="text-lg font-semibold">Pulse</h1>
            <ProblemNotice error={me.error} onRetry={() => void me.refetch()} />
          </main>
        </Match>
        <Match when={me.isPending}>
          <Waiting />
        </Match>
      </Switch>
      <Toasts />
    </>
  );
}

/** Says that the gateway does not answer, and asks it again until it does. */
function Unreachable(): JSX.Element {
  const [asking, setAsking] = createSignal(false);
  const ask = async () => {
    setAsking(true);
    await queryClient.refetchQueries({ type: "active" });
    setAsking(false);
  };
  createEffect(() => {
    if (isReachable()) return;
    const timer = setInterval(() => void ask(), askAgainMs);
    onCleanup(() => clearInterval(timer));
  });
  return (
    <div role="status">
      <Show when={!isReachable()}>
        <div class="flex flex-wrap items-center justify-center gap-3 border-b border-warn bg-warn-soft px-4 py-2 text-warn">
          <Icon name="lost" />
          <p>{t("shell.unreachable")}</p>
          <button type="button" class="min-h-6 font-medium underline" onClick={() => void ask()}>
            {asking() ? t("shell.retrying") : t("shell.retry")}
          </button>
        </div>
      </Show>
    </div>
  );
}
