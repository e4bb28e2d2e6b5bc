import { useNavigate } from "@solidjs/router";
import { createEffect, createMemo, createSignal, Index, type JSX, on, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { counted, number, t } from "../words/words.ts";
import { nextHit } from "./find.ts";
import { FollowBar } from "./follow-bar.tsx";
import { HostToggles } from "./host-toggles.tsx";
import { type LinesLook, LogLine } from "./log-line.tsx";
import { times, wrap } from "./log-looks.ts";
import { LogLooksBar } from "./log-looks-bar.tsx";
import { LogSearch } from "./log-search.tsx";
import { createMergedFolds } from "./merged-folds.ts";
import { keptOf, type MergedLine, mergeLines, placesOf } from "./merged-lines.ts";
import { createMergedSource, type LogHost } from "./merged-source.ts";
import { createRowWindow } from "./window.ts";

const rowPx = 20;
/** Names that are longer get more room where the page has it. */
const shortName = 11;

/**
 * The logs of several executions as one, in the order of time: each line with its host, hosts shown or not, followed until all have ended. `isOver`: none
 * is added any more, so one reads from the top.
 */
export function MergedViewer(props: {
  hosts: readonly LogHost[];
  isOver: boolean;
  label: string;
  /** Where all that is stored of these logs is, as one, and what it is called as a file. */
  whole: { href: string; name: string };
  /** The address of a line in the log of its own. */
  lineHref: (host: LogHost, line: number) => string;
}): JSX.Element {
  const navigate = useNavigate();
  const source = createMergedSource(
    () => props.hosts,
    () => props.isOver,
  );
  const [hidden, setHidden] = createSignal<ReadonlySet<string>>(new Set());
  const [isFollowing, setFollowing] = createSignal(!props.isOver);
  /** What was here when one paused: it is shown until one goes on. */
  const [frozen, setFrozen] = createSignal<readonly MergedLine[] | null>(null);
  const [text, setText] = createSignal("");
  const [hit, setHit] = createSignal<MergedLine | null>(null);
  let frame: HTMLElement | undefined;
  const [list, setList] = createSignal<HTMLElement>();

  const all = createMemo(() => mergeLines(source.logs().map(({ lines }) => lines)));
  const left = createMemo(() => source.logs().reduce((sum, one) => sum + one.left, 0));
  const runnerOf = (line: MergedLine) => line.view.runner ?? "";
  const listed = createMemo(() => {
    const lines = frozen() ?? all();
    return hidden().size === 0 ? lines : lines.filter((line) => !hidden().has(runnerOf(line)));
  });
  const groups = createMergedFolds(listed);
  const shown = () => groups.folded().lines;
  const missed = () => (frozen() === null ? 0 : Math.max(0, all().length - (frozen()?.length ?? 0)));
  const isEnded = () => source.state() === "ended" || source.state() === "missing";
  const hits = createMemo(() => placesOf(listed(), text()));
  const runners = createMemo(() => [...new Set(props.hosts.map(({ runner }) => runner))]);
  const places = createMemo(() => new Map(runners().map((runner, place) => [runner, place])));
  const isWrapped = () => wrap() === "on";
  const look = createMemo((): LinesLook => {
    const isLong = runners().some((name) => name.length > shortName);
    return {
      times: times(),
      isWrapped: isWrapped(),
      beganAt: times() === "since" ? (all()[0]?.atMs ?? null) : null,
      hostAt: (runner) => places().get(runner ?? "") ?? 0,
      hostRoom: isLong ? "w-24 sm:w-48" : "w-24",
    };
  });
  const rows = createRowWindow({
    ...{ frame: () => frame, list, rowPx, isWrapped },
    count: () => shown().length,
    content: () => [shown(), look()],
  });
  const drawn = createMemo(() => rows.rows().map((row) => shown()[row]));
  const pause = (isPaused: boolean) => {
    setFollowing(!isPaused);
    setFrozen(isPaused && !isEnded() ? all() : null);
  };
  createEffect(
    on([shown, isFollowing, isWrapped], () => {
      if (isFollowing() && shown().length > 0) rows.show(shown().length - 1, "end");
    }),
  );
  // What was paused when the end came is whole all the same.
  createEffect(() => isEnded() && setFrozen(null));
  const hostOf = (line: MergedLine) => props.hosts[line.host];
  const hrefOf = (line: MergedLine) => {
    const host = hostOf(line);
    return host === undefined ? null : props.lineHref(host, line.number);
  };
  const go = (step: 1 | -1) => {
    const before = hit();
    const at = before === null ? 0 : listed().indexOf(before) + 1;
    const next = nextHit(hits(), at, step);
    if (next === null) return void setHit(null);
    const line = listed()[next - 1];
    pause(true);
    setHit(line ?? null);
    if (line === undefined) return;
    groups.reveal(line);
    // Freezing may have put lines before it.
    rows.show(shown().indexOf(line), "center");
  };
  const fold = (head: MergedLine) => {
    if (head.group === undefined) return;
    const topPx = rows.topOf(shown().indexOf(head));
    groups.toggle(head.group);
    rows.place(shown().indexOf(head), topPx);
  };
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
          hits={hits().length}
          looked={null}
          onText={(next) => {
            setText(next);
            setHit(null);
          }}
          onGo={go}
        />
        <Show when={hit()}>
          {(line) => (
            <Button onClick={() => navigate(hrefOf(line()) ?? "")}>
              <Icon name="link" />
              {t("logs.own_line", { runner: runnerOf(line()), line: line().number })}
            </Button>
          )}
        </Show>
        <FollowBar state={source.state()} isFollowing={isFollowing()} missed={missed()} onPause={pause} />
        <LogLooksBar hasGroups={groups.hasGroups()} onGroups={groups.reset} />
        <a class={buttonClass()} href={props.whole.href} download={props.whole.name}>
          {t("logs.download")}
        </a>
      </div>
      <HostToggles runners={runners()} hidden={hidden()} onHidden={setHidden} />
      <Show when={left() > 0}>
        <p class="border-b border-line px-3 py-1 text-xs text-muted">
          {t("logs.kept", { most: number(keptOf(props.hosts.length)) })} {counted("logs.left", left())}
        </p>
      </Show>
      <section
        ref={frame}
        aria-label={props.label}
        tabindex="0"
        class="max-h-[70dvh] min-h-16 overflow-auto [overflow-anchor:none] bg-sunken font-mono text-xs leading-5 outline-offset-[-2px]"
        onScroll={scrolled}
        on:wheel={{ handleEvent: rows.wheeled, passive: false }}
      >
        <Show when={shown().length > 0} fallback={<p class="p-4 text-muted">{emptyText()}</p>}>
          <div class={isWrapped() ? "overflow-clip" : ""} style={{ height: `${rows.heightPx()}px` }}>
            <ol ref={setList} class={`relative ${isWrapped() ? "" : "w-max min-w-full"}`}>
              {/* A row is drawn once and shows another line when one scrolls. */}
              <Index each={drawn()}>
                {(line) => (
                  <LogLine
                    number={line()?.number ?? 0}
                    line={line()?.view}
                    look={look()}
                    attempt={line()?.attempt}
                    isMarked={line() !== undefined && line() === hit()}
                    hidden={hiddenBy(line())}
                    onLink={() => {
                      const one = line();
                      const href = one === undefined ? null : hrefOf(one);
                      if (href !== null) navigate(href);
                    }}
                    onFold={() => {
                      const head = line();
                      if (head !== undefined) fold(head);
                    }}
                  />
                )}
              </Index>
            </ol>
          </div>
        </Show>
      </section>
    </div>
  );

  function hiddenBy(line: MergedLine | undefined): number {
    return line?.isHead && line.group !== undefined ? (groups.folded().hidden.get(line.group) ?? 0) : 0;
  }

  function emptyText(): string {
    if (all().length > 0) return t("logs.all_hidden");
    return isEnded() ? t("logs.none") : t("logs.waiting");
  }
}
