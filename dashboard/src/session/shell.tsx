import { A, useLocation } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import {
  createEffect,
  createSignal,
  ErrorBoundary,
  For,
  type JSX,
  Match,
  on,
  onCleanup,
  Show,
  Switch,
} from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Waiting } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { type Key, t } from "../words/words.ts";
import { InboxLink } from "../workflows/inbox-link.tsx";
import { startLive } from "./live.ts";
import { LiveState } from "./live-state.tsx";
import { meQuery } from "./queries.ts";
import { queryClient } from "./query-client.ts";
import { isReachable } from "./reach.ts";

const askAgainMs = 3000;

const SignIn = lazily(async () => (await import("./sign-in.tsx")).SignIn);
const SetUp = lazily(async () => (await import("./set-up.tsx")).SetUp);

const places: readonly { href: string; icon: IconName; name: Key }[] = [
  { href: "/functions", icon: "functions", name: "shell.functions" },
  { href: "/workflows", icon: "workflows", name: "shell.workflows" },
  { href: "/executions", icon: "executions", name: "shell.executions" },
  { href: "/runners", icon: "runners", name: "shell.runners" },
  { href: "/triggers", icon: "triggers", name: "shell.triggers" },
  { href: "/settings", icon: "settings", name: "shell.settings" },
];

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

function Frame(props: { children: JSX.Element }): JSX.Element {
  const gone = new AbortController();
  startLive(gone.signal);
  onCleanup(() => gone.abort());
  return (
    <div class="min-h-dvh md:grid md:grid-cols-[13rem_minmax(0,1fr)]">
      <a
        href="#content"
        class="sr-only z-50 rounded-md bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("shell.skip")}
      </a>
      <header class="border-b border-line bg-surface md:border-r md:border-b-0">
        <div class="flex flex-wrap items-center gap-x-4 md:sticky md:top-0 md:grid md:gap-5 md:p-3">
          <A href="/functions" class="flex items-center gap-2 p-2.5 text-base font-semibold md:px-2 md:py-1">
            <img src="/icon.svg" alt="" class="size-6" />
            Pulse
          </A>
          <InboxLink />
          <nav aria-label={t("shell.nav")} class="flex w-full overflow-x-auto md:grid md:gap-1">
            <For each={places}>
              {(place) => (
                <A
                  href={place.href}
                  class="flex min-h-9 items-center gap-2 border-b-2 border-transparent px-3 font-medium text-muted hover:text-ink md:rounded-md md:px-2 md:border-b-0 [&.is-here]:border-accent [&.is-here]:text-accent md:[&.is-here]:bg-accent-soft"
                  activeClass="is-here"
                >
                  <Icon name={place.icon} class="max-sm:hidden" />
                  {t(place.name)}
                </A>
              )}
            </For>
          </nav>
          <LiveState />
        </div>
      </header>
      <main id="content" tabindex="-1" class="min-w-0 outline-none">
        <ErrorBoundary fallback={(error, reset) => <Broken error={error} onLeave={reset} />}>
          {/* No Suspense here: see `lazily`. */}
          {props.children}
        </ErrorBoundary>
      </main>
    </div>
  );
}

/** A page that could not be loaded: after an update of the gateway the old parts are gone. */
function Broken(props: { error: unknown; onLeave: () => void }): JSX.Element {
  const place = useLocation();
  createEffect(
    on(
      () => place.pathname,
      () => props.onLeave(),
      { defer: true },
    ),
  );
  return (
    <div class="mx-auto grid max-w-lg gap-4 p-6">
      <h1 class="text-lg font-semibold">{t("shell.problem")}</h1>
      <ProblemNotice error={props.error} />
      <p>{t("shell.failed_load")}</p>
      <button
        type="button"
        class={`${buttonClass("primary")} justify-self-start`}
        onClick={() => location.reload()}
      >
        {t("shell.reload")}
      </button>
    </div>
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
