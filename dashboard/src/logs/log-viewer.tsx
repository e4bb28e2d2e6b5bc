import { createEffect, createMemo, createSignal, Index, type JSX, on, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { t } from "../words/words.ts";
import { nextHit } from "./find.ts";
import { FollowBar } from "./follow-bar.tsx";
import { pageLines } from "./line-book.ts";
import { createLogFind } from "./log-find.ts";
import { createLogFolds } from "./log-folds.ts";
import { type LinesLook, LogLine } from "./log-line.tsx";
import { times, wrap } from "./log-looks.ts";
import { LogLooksBar } from "./log-looks-bar.tsx";
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
  const isRead = () => props.isOver || props.line !== undefined;
  const aroundLine = Math.max(1, (props.line ?? 1) - pageLines / 2);
  const source = createLogSource(props.id, isRead() ? aroundLine : -pageLines);
  const [isFollowing, setFollowing] = createSignal(!isRead());
  // A pause freezes what is shown; what comes meanwhile is counted.
  const [frozen, setFrozen] = createSignal<number | null>(null);
  const [text, setText] = createSignal("");
  const [hit, setHit] = createSignal<number | null>(null);
  let frame: HTMLElement | undefined;
  const [list, setList] = createSignal<HTMLElement>();

  const shown = createMemo(() => Math.min(frozen() ?? Number.POSITIVE_INFINITY, source.count()));
  const missed = () => source.count() - shown();
  const attemptAt = (line: number) => {
    const attempt = source.line(line)?.attempt ?? 1;
    const before = line === 1 ? 1 : source.line(line - 1)?.attempt;
    return attempt > 1 && before !== undefined && attempt !== before ? attempt : undefined;
  };
  const isEnded = () => source.state() === "ended" || source.state() === "missing";
  const find = createLogFind(props.id, text, source.count);

  const isWrapped = () => wrap() === "on";
  const groups = createLogFolds(props.id, source.hasGroups, source.count, isEnded);
  const rows = createRowWindow({
    ...{ frame: () => frame, list, rowPx, isWrapped },
    count: () => groups.folds().rows(shown()),
    content: () => [source.version(), look()],
  });
  const drawn = createMemo(() => rows.rows().map((row) => groups.folds().lineOf(row)));
  const look = createMemo((): LinesLook => {
    const runners = source.runners();
    return {
      times: times(),
      isWrapped: isWrapped(),
      beganAt: times() === "since" ? source.beganAt() : null,
      hostAt: (runner) => (runners.length < 2 ? null : Math.max(0, runners.indexOf(runner ?? ""))),
    };
  });
  const showLine = (line: number) => {
    groups.reveal(line);
    rows.show(groups.folds().rowOf(line), "center");
  };
  const pause = (isPaused: boolean) => {
    setFollowing(!isPaused);
    setFrozen(isPaused && !isEnded() ? source.count() : null);
  };
  createEffect(
    on([shown, isFollowing, isWrapped, groups.folds], () => {
      if (isFollowing() && shown() > 0) rows.show(groups.folds().rows(shown()) - 1, "end");
    }),
  );
  // What was paused when the end came is whole all the same.
  createEffect(() => isEnded() && setFrozen(null));
  createEffect(() => source.need(drawn()));
  let hasJumped = false;
  createEffect(() => {
    const line = props.line;
    if (line === undefined || hasJumped || shown() < line) return;
    hasJumped = true;
    showLine(line);
  });
  // What the address names is in sight when groups become known, until one scrolls; later a group stays where it is opened or folded.
  let isReader = false;
  const fold = (head: number) => {
    const topPx = rows.topOf(groups.folds().rowOf(head));
    groups.toggle(head);
    rows.place(groups.folds().rowOf(head), topPx);
  };
  createEffect(
    on(groups.folds, () => {
      if (props.line === undefined || !hasJumped || isReader) return;
      showLine(props.line);
    }),
  );
  // Whoever asks for the next hit before the first one was found means that one.
  const [waits, setWaits] = createSignal<1 | -1 | null>(null);
  const go = (step: 1 | -1) => {
    const next = nextHit(find.hits(), hit() ?? 0, step);
    setWaits(next === null && text() !== "" ? step : null);
    setHit(next);
    if (next === null) return;
    pause(true);
    showLine(next);
  };
  createEffect(
    on([find.hits, find.isLooking], ([hits, isLooking]) => {
      const step = waits();
      if (step === null || (hits.length === 0 && isLooking)) return;
      setWaits(null);
      if (hits.length > 0) go(step);
    }),
  );
  let topPx = 0;
  const scrolled = () => {
    const before = topPx;
    // Read before the rows change: behind that the browser would have to lay them out at once.
    topPx = frame?.scrollTop ?? 0;
    rows.scrolled();
    // Only a reader goes up; how far it is to the end says nothing while lines come.
    if (topPx < before - 2 && isFollowing() && !isEnded()) pause(true);
  };

  return (
    <div class="min-w-0 overflow-hidden rounded-lg border border-line bg-surface">
      <div class="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <LogSearch
          hits={find.hits().length}
          hasMore={find.isFull()}
          looked={find.isLooking() ? find.share() : null}
          onText={(next) => {
            setText(next);
            setHit(null);
            setWaits(null);
          }}
          onGo={go}
        />
        <Show when={hit()}>
          {(line) => (
            <Button aria-label={t("logs.link", { line: line() })} onClick={() => props.onLine(line())}>
              <Icon name="link" />
            </Button>
          )}
        </Show>
        <FollowBar state={source.state()} isFollowing={isFollowing()} missed={missed()} onPause={pause} />
        <LogLooksBar hasGroups={source.hasGroups()} onGroups={groups.reset} />
        <a class={buttonClass()} href={logUrl(props.id)} download={`${props.id}.log`}>
          {t("logs.download")}
        </a>
      </div>
      <section
        ref={frame}
        aria-label={props.label ?? t("logs.lines")}
        tabindex="0"
        class="max-h-[70dvh] min-h-16 overflow-auto [overflow-anchor:none] bg-sunken font-mono text-xs leading-5 outline-offset-[-2px]"
        onScroll={scrolled}
        onPointerDown={() => (isReader = true)}
        onKeyDown={() => (isReader = true)}
        on:wheel={{
          handleEvent(event: WheelEvent) {
            isReader = true;
            rows.wheeled(event);
          },
          passive: false,
        }}
      >
        <Show
          when={shown() > 0}
          fallback={<p class="p-4 text-muted">{isEnded() ? t("logs.none") : t("logs.waiting")}</p>}
        >
          <div class={isWrapped() ? "overflow-clip" : ""} style={{ height: `${rows.heightPx()}px` }}>
            {/* One style for all rows: one for each made Chromium slower with every row that ever was. */}
            <ol ref={setList} class={`relative ${isWrapped() ? "" : "w-max min-w-full"}`}>
              {/* A row is drawn once and shows another line when one scrolls: making and dropping hundreds of nodes a frame was slow. */}
              <Index each={drawn()}>
                {(line) => (
                  <LogLine
                    number={line()}
                    line={source.line(line())}
                    look={look()}
                    attempt={attemptAt(line())}
                    isMarked={line() === hit() || line() === props.line}
                    hidden={groups.folds().hiddenBy(line())}
                    onLink={() => props.onLine(props.line === line() ? undefined : line())}
                    onFold={() => fold(line())}
                  />
                )}
              </Index>
            </ol>
          </div>
        </Show>
      </section>
    </div>
  );
}
