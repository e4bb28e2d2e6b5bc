import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { counted, number, t } from "../words/words.ts";
import { type Found, findMore, nextHit } from "./find.ts";
import { LogLine } from "./log-line.tsx";
import { LogSearch } from "./log-search.tsx";
import { createLogSource, logUrl } from "./log-source.ts";
import { createRowWindow } from "./window.ts";

const rowPx = 20;

/**
 * The log of an execution: follows it, finds text in it, and shows any number of lines. `line` is the one the address points to, counted from 1;
 * `isOver`: the execution has ended, so one reads from the top.
 */
export function LogViewer(props: {
  id: string;
  isOver: boolean;
  /** Where a page has more than one log. */
  label?: string;
  line: number | undefined;
  onLine: (line: number | undefined) => void;
}): JSX.Element {
  const source = createLogSource(props.id);
  const [isFollowing, setFollowing] = createSignal(!props.isOver && props.line === undefined);
  // A pause freezes what is shown; what comes meanwhile is counted.
  const [frozen, setFrozen] = createSignal<number | null>(null);
  const [text, setText] = createSignal("");
  const [hit, setHit] = createSignal(-1);
  let frame: HTMLElement | undefined;

  const shown = createMemo(() =>
    Math.max(0, Math.min(frozen() ?? Number.POSITIVE_INFINITY, source.count()) - source.dropped()),
  );
  const missed = () => source.count() - source.dropped() - shown();
  /** The number of a line that is kept. */
  const placeOf = (index: number) => index + 1 + source.dropped();
  const attemptAt = (index: number) => {
    const attempt = source.lines[index]?.attempt ?? 1;
    return attempt > 1 && attempt !== source.lines[index - 1]?.attempt ? attempt : undefined;
  };
  const isEnded = () => source.state() === "ended" || source.state() === "missing";
  const found = createMemo<Found>((before) => findMore(before, source.lines, text(), shown()));

  const rows = createRowWindow(() => frame, shown, rowPx);
  const pause = (isPaused: boolean) => {
    setFollowing(!isPaused);
    setFrozen(isPaused && !isEnded() ? source.count() : null);
  };
  createEffect(
    on([shown, isFollowing], () => {
      if (isFollowing() && shown() > 0) rows.show(shown() - 1, "end");
    }),
  );
  // What was paused when the end came is whole all the same.
  createEffect(() => isEnded() && setFrozen(null));
  let hasJumped = false;
  createEffect(() => {
    const line = props.line;
    if (line === undefined || hasJumped || shown() + source.dropped() < line) return;
    hasJumped = true;
    rows.show(line - 1 - source.dropped(), "center");
  });
  const go = (step: 1 | -1) => {
    const next = nextHit(found().hits, hit(), step);
    setHit(next);
    if (next < 0) return;
    pause(true);
    rows.show(next, "center");
  };
  let topPx = 0;
  const scrolled = () => {
    rows.scrolled();
    const before = topPx;
    topPx = frame?.scrollTop ?? 0;
    // Only a reader goes up; how far it is to the end says nothing while lines come.
    if (topPx < before - 2 && isFollowing() && !isEnded()) pause(true);
  };

  return (
    <div class="min-w-0 overflow-hidden rounded-lg border border-line bg-surface">
      <div class="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <LogSearch
          hits={found().hits.length}
          onText={(next) => {
            setText(next);
            setHit(-1);
          }}
          onGo={go}
        />
        <Show when={hit() >= 0}>
          <Button
            aria-label={t("logs.link", { line: placeOf(hit()) })}
            onClick={() => props.onLine(placeOf(hit()))}
          >
            <Icon name="link" />
          </Button>
        </Show>
        <span class="text-xs text-muted" role="status">
          {t(`logs.state_${source.state()}`)}
        </span>
        <Show when={!isEnded()}>
          <Button aria-pressed={!isFollowing()} onClick={() => pause(isFollowing())}>
            <Icon name={isFollowing() ? "pause" : "play"} />
            {isFollowing() ? t("logs.pause") : t("logs.resume")}
            <Show when={missed() > 0}>
              <span class="tabular-nums">+{number(missed())}</span>
            </Show>
          </Button>
        </Show>
        <a class={buttonClass()} href={logUrl(props.id)} download={`${props.id}.log`}>
          {t("logs.download")}
        </a>
      </div>
      <Show when={source.dropped() > 0}>
        <p class="px-3 py-1 text-xs text-warn">{counted("logs.dropped", source.dropped())}</p>
      </Show>
      <section
        ref={frame}
        aria-label={props.label ?? t("logs.lines")}
        tabindex="0"
        class="max-h-[70dvh] min-h-16 overflow-auto [overflow-anchor:none] bg-sunken font-mono text-xs leading-5 outline-offset-[-2px]"
        onScroll={scrolled}
      >
        <Show
          when={shown() > 0}
          fallback={<p class="p-4 text-muted">{isEnded() ? t("logs.none") : t("logs.waiting")}</p>}
        >
          {/* A style of its own for each row made Chromium slower with every row that ever was. */}
          <ol
            class="box-border min-w-fit"
            style={{ height: `${shown() * rowPx}px`, "padding-top": `${(rows.rows()[0] ?? 0) * rowPx}px` }}
          >
            <For each={rows.rows()}>
              {(index) => {
                const place = () => placeOf(index);
                return (
                  <LogLine
                    number={place()}
                    // An index may stand for another line once the first ones were dropped.
                    line={source.lines[source.dropped() >= 0 ? index : 0]}
                    attempt={attemptAt(index)}
                    isHit={index === hit()}
                    isLinked={props.line === place()}
                    onLink={() => props.onLine(props.line === place() ? undefined : place())}
                  />
                );
              }}
            </For>
          </ol>
        </Show>
      </section>
    </div>
  );
}
