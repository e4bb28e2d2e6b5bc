import { createVirtualizer } from "@tanstack/solid-virtual";
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { inputClass } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { counted, number, t } from "../words/words.ts";
import { findLines, nextHit } from "./find.ts";
import { LogLine } from "./log-line.tsx";
import { createLogSource, logUrl } from "./log-source.ts";

const rowPx = 20;

/** The log of an execution: follows it, finds text in it, and shows any number of lines. `line` is the one the address points to, counted from 1. */
export function LogViewer(props: {
  id: string;
  line: number | undefined;
  onLine: (line: number | undefined) => void;
}): JSX.Element {
  const source = createLogSource(props.id);
  const [isPaused, setPaused] = createSignal(props.line !== undefined);
  const [text, setText] = createSignal("");
  let frame: HTMLElement | undefined;

  // A pause freezes what is shown; what comes meanwhile is counted.
  const [frozen, setFrozen] = createSignal<number | null>(null);
  const shown = createMemo(
    () => Math.min(frozen() ?? Number.POSITIVE_INFINITY, source.count()) - source.dropped(),
  );
  const missed = () => source.count() - source.dropped() - shown();
  const hits = createMemo(() => findLines(source.lines.slice(0, shown()), text()));
  const [hit, setHit] = createSignal(-1);

  const virtual = createVirtualizer({
    get count() {
      return Math.max(0, shown());
    },
    getScrollElement: () => frame ?? null,
    estimateSize: () => rowPx,
    overscan: 12,
  });
  const pause = (paused: boolean) => {
    setPaused(paused);
    setFrozen(paused ? source.count() : null);
  };
  createEffect(
    on([shown, isPaused], () => {
      if (!isPaused() && shown() > 0) virtual.scrollToIndex(shown() - 1, { align: "end" });
    }),
  );
  let hasJumped = false;
  createEffect(() => {
    const line = props.line;
    if (line === undefined || hasJumped || shown() < line) return;
    hasJumped = true;
    virtual.scrollToIndex(line - 1, { align: "center" });
  });
  const go = (step: 1 | -1) => {
    const next = nextHit(hits(), hit(), step);
    setHit(next);
    if (next < 0) return;
    pause(true);
    virtual.scrollToIndex(next, { align: "center" });
  };
  const scrolledUp = () => {
    if (frame === undefined || isPaused()) return;
    const fromEnd = frame.scrollHeight - frame.scrollTop - frame.clientHeight;
    if (fromEnd > rowPx * 3 && source.state() !== "ended") pause(true);
  };

  return (
    <div class="min-w-0 overflow-hidden rounded-lg border border-line bg-surface">
      <div class="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <search class="flex min-w-40 flex-1 items-center gap-2">
          <input
            type="search"
            aria-label={t("logs.search")}
            placeholder={t("logs.search")}
            class={inputClass}
            value={text()}
            onInput={(event) => {
              setText(event.currentTarget.value);
              setHit(-1);
            }}
            onKeyDown={(event) => event.key === "Enter" && go(event.shiftKey ? -1 : 1)}
          />
          <Show when={text() !== ""}>
            <span class="text-xs whitespace-nowrap text-muted" role="status">
              {counted("logs.hits", hits().length)}
            </span>
            <Button look="quiet" aria-label={t("logs.previous")} onClick={() => go(-1)}>
              ↑
            </Button>
            <Button look="quiet" aria-label={t("logs.next")} onClick={() => go(1)}>
              ↓
            </Button>
          </Show>
        </search>
        <span class="text-xs text-muted" role="status">
          {t(`logs.state_${source.state()}`)}
        </span>
        <Show when={source.state() !== "ended"}>
          <Button aria-pressed={isPaused()} onClick={() => pause(!isPaused())}>
            <Icon name={isPaused() ? "play" : "pause"} />
            {isPaused() ? t("logs.resume") : t("logs.pause")}
            <Show when={missed() > 0}>
              <span>+{number(missed())}</span>
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
        aria-label={t("logs.lines")}
        tabindex="0"
        class="h-96 overflow-auto bg-sunken font-mono text-xs leading-5 outline-offset-[-2px]"
        onScroll={scrolledUp}
      >
        <Show
          when={shown() > 0}
          fallback={
            <p class="p-4 text-muted">{source.state() === "ended" ? t("logs.none") : t("logs.waiting")}</p>
          }
        >
          <ol class="relative min-w-fit" style={{ height: `${virtual.getTotalSize()}px` }}>
            <For each={virtual.getVirtualItems()}>
              {(row) => (
                <LogLine
                  number={row.index + 1 + source.dropped()}
                  line={source.lines[row.index]}
                  topPx={row.start}
                  isHit={row.index === hit()}
                  isLinked={props.line === row.index + 1}
                  onLink={() => props.onLine(props.line === row.index + 1 ? undefined : row.index + 1)}
                />
              )}
            </For>
          </ol>
        </Show>
      </section>
    </div>
  );
}
