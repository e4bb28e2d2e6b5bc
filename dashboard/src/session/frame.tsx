import { A, useLocation } from "@solidjs/router";
import { createEffect, createSignal, ErrorBoundary, For, type JSX, on, onCleanup } from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { keysText } from "../ui/shortcuts.ts";
import { t } from "../words/words.ts";
import { InboxLink } from "../workflows/inbox-link.tsx";
import { FrameKeys, openPalette, paletteChord } from "./frame-keys.tsx";
import { startLive } from "./live.ts";
import { LiveState } from "./live-state.tsx";
import { places } from "./places.ts";

/** What stands around a page for whoever is signed in: the way to every place, the inbox, the palette. */
export function Frame(props: { children?: JSX.Element }): JSX.Element {
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
      <FrameHeader />
      <main id="content" tabindex="-1" class="min-w-0 outline-none">
        <ErrorBoundary fallback={(error, reset) => <Broken error={error} onLeave={reset} />}>
          {/* No Suspense here: see `lazily`. */}
          {props.children}
        </ErrorBoundary>
      </main>
      <FrameKeys />
    </div>
  );
}

/** At the side of a wide screen, on top of a narrow one, where the places are behind a button. */
function FrameHeader(): JSX.Element {
  const place = useLocation();
  const [isOpen, setOpen] = createSignal(false);
  let menu: HTMLButtonElement | undefined;
  createEffect(
    on(
      () => place.pathname,
      () => setOpen(false),
      { defer: true },
    ),
  );
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    setOpen(false);
    menu?.focus();
  };
  createEffect(() => {
    if (!isOpen()) return;
    window.addEventListener("keydown", onKey);
    onCleanup(() => window.removeEventListener("keydown", onKey));
  });
  return (
    <header class="border-b border-line bg-surface md:border-r md:border-b-0">
      <div class="flex flex-wrap items-center gap-x-1 md:sticky md:top-0 md:grid md:gap-3 md:p-3">
        <A href="/" end class="flex items-center gap-2 p-2.5 text-base font-semibold md:px-2 md:py-1">
          <img src="/icon.svg" alt="" class="size-6" />
          Pulse
        </A>
        <button
          type="button"
          aria-haspopup="dialog"
          class="flex min-h-9 min-w-9 items-center justify-center gap-2 rounded-md text-muted hover:text-ink max-md:ml-auto md:justify-start md:border md:border-edge md:px-2"
          onClick={openPalette}
        >
          <Icon name="search" />
          <span class="max-md:sr-only">{t("shell.palette")}</span>
          <kbd class="ml-auto text-xs max-md:hidden">{keysText(paletteChord)}</kbd>
        </button>
        <InboxLink />
        <button
          ref={menu}
          type="button"
          aria-expanded={isOpen()}
          aria-controls="places"
          class="flex min-h-9 items-center gap-2 px-3 font-medium text-muted hover:text-ink md:hidden"
          onClick={() => setOpen(!isOpen())}
        >
          <Icon name={isOpen() ? "cross" : "menu"} />
          <span class="max-[22rem]:sr-only">{t("shell.menu")}</span>
        </button>
        <nav
          id="places"
          aria-label={t("shell.nav")}
          class={`w-full gap-1 max-md:border-t max-md:border-line max-md:p-2 md:grid ${isOpen() ? "grid" : "hidden"}`}
        >
          <For each={places}>
            {({ href, icon, name }) => (
              <A
                href={href}
                end={href === "/"}
                class="flex min-h-9 items-center gap-2 rounded-md px-2 font-medium text-muted hover:text-ink [&.is-here]:bg-accent-soft [&.is-here]:text-accent"
                activeClass="is-here"
                onClick={() => setOpen(false)}
              >
                <Icon name={icon} />
                {t(name)}
              </A>
            )}
          </For>
        </nav>
        <LiveState />
      </div>
    </header>
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
