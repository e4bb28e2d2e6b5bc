import type { LogLineView } from "@pulse/schema/wire/executions";
import { createRenderEffect, type JSX, Show } from "solid-js";
import { clock } from "../ui/moment.tsx";
import { counted, t } from "../words/words.ts";
import { markOf } from "./groups.ts";
import { showLine } from "./line-text.ts";
import type { TimeLook } from "./log-looks.ts";
import { sinceText } from "./since-text.ts";

/** How a log's lines are shown. */
export interface LinesLook {
  times: TimeLook;
  isWrapped: boolean;
  /** When the log began, epoch milliseconds; null: it is not known yet, or nothing is counted from it. */
  beganAt: number | null;
  /** The place of a runner among those of the log, from 0; null: the log is of one, which is not said at each line. */
  hostAt(runner: string | null): number | null;
  /** The classes that say how wide the names are; without it as wide as those of a log of one execution. */
  hostRoom?: string;
}

// Cyan is the same as blue in our colours, and red is what failed.
const hues = ["ansi-blue", "ansi-magenta", "ansi-green", "ansi-yellow"] as const;

/** The class of a host's colour, by its place among the hosts. Its name stands beside it: there are fewer colours than hosts. */
export function hueOf(place: number): string {
  return hues[place % hues.length] ?? hues[0];
}

/** One line of a log at its place: number, time, host, and the text with its colours. What the function wrote to stderr is tinted. */
export function LogLine(props: {
  number: number;
  line: LogLineView | undefined;
  look: LinesLook;
  /** The attempt that begins with this line; undefined: it goes on, or is the first. */
  attempt: number | undefined;
  /** It is the line of a search, or of the address. */
  isMarked: boolean;
  /** How many lines it hides as the head of a folded group. */
  hidden: number;
  onLink: () => void;
  onFold: () => void;
}): JSX.Element {
  const title = () => {
    const mark = props.line === undefined ? null : markOf(props.line.text);
    return mark?.is === "head" ? mark.title || "…" : null;
  };
  return (
    <li ref={(row) => keepShown(row, props)}>
      <button type="button" tabindex="-1" class={numberClass} onClick={() => props.onLink()} />
      <time class="shrink-0 text-muted select-none" />
      <Show when={props.look.hostAt(props.line?.runner ?? null) !== null}>
        <span
          class={`${props.look.hostRoom ?? "w-24"} shrink-0 truncate border-l-2 pl-2 select-none ${hueOf(props.look.hostAt(props.line?.runner ?? null) ?? 0)}`}
          title={props.line?.runner ?? ""}
        >
          {props.line?.runner}
        </span>
      </Show>
      <Show when={props.attempt}>
        {(attempt) => (
          <span class="rounded border border-edge px-1 text-muted">
            {t("timeline.attempt", { attempt: attempt() })}
          </span>
        )}
      </Show>
      <Show when={title()}>
        {(name) => (
          <button
            type="button"
            class="font-bold hover:underline"
            aria-expanded={props.hidden === 0}
            onClick={() => props.onFold()}
          >
            {props.hidden === 0 ? "▾" : "▸"} {name()}
            <Show when={props.hidden > 0}>
              <span class="font-normal text-muted"> · {counted("logs.folded", props.hidden)}</span>
            </Show>
          </button>
        )}
      </Show>
      <span />
    </li>
  );
}

const numberClass =
  "sticky left-0 w-14 shrink-0 bg-inherit pr-2 text-right text-muted select-none hover:underline";

/**
 * Keeps a row as its line is. One effect for all of it: one for each attribute took most of a frame while somebody dragged. Only what changes is
 * written: each write of an attribute costs the browser a look at the row's style.
 */
function keepShown(row: HTMLElement, props: Parameters<typeof LogLine>[0]): void {
  const [button, time, text] = [row.firstElementChild, row.children[1], row.lastElementChild];
  // A text node of its own, that is written: `textContent` makes another each time.
  const digits = document.createTextNode("");
  button?.append(digits);
  let shown: string | null = null;
  let numbered = 0;
  createRenderEffect(() => {
    const { line, number, look } = props;
    const room = look.isWrapped ? "min-h-5 whitespace-pre-wrap wrap-anywhere" : "h-5 whitespace-pre";
    become(row, `flex items-start gap-3 pr-4 ${room} ${tintOf(line, props.isMarked)}`);
    if (numbered !== number) {
      numbered = number;
      digits.data = String(number);
      button?.setAttribute("aria-label", t("logs.link", { line: number }));
    }
    if (time instanceof HTMLTimeElement) keepTime(time, line, look);
    if (!(text instanceof HTMLElement)) return;
    become(text, line === undefined ? "text-muted" : line.stream === "system" ? "text-muted italic" : "");
    // A mark is shown as what it means.
    const now = line === undefined ? "…" : markOf(line.text) === null ? line.text : "";
    if (shown === now) return;
    shown = now;
    showLine(text, now, (count) => t("logs.cut", { count }));
  });
}

function keepTime(time: HTMLTimeElement, line: LogLineView | undefined, look: LinesLook): void {
  const isOff = look.times === "off";
  if (time.hidden !== isOff) time.hidden = isOff;
  const at = line?.time ?? "";
  if (time.dateTime !== at) time.dateTime = at;
  const said = line === undefined || isOff ? "" : timeText(at, look);
  if (time.textContent !== said) time.textContent = said;
}

function become(element: HTMLElement, look: string): void {
  if (element.className !== look) element.className = look;
}

function timeText(at: string, { times, beganAt }: LinesLook): string {
  if (times === "clock") return clock(at);
  return beganAt === null ? "" : sinceText(Date.parse(at) - beganAt);
}

function tintOf(line: LogLineView | undefined, isMarked: boolean): string {
  if (isMarked) return "bg-warn-soft";
  return line?.stream === "stderr" || line?.level === "error" ? "bg-bad-soft" : "bg-sunken";
}
