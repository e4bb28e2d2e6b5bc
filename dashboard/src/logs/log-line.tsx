import type { LogLineView } from "@pulse/schema/wire/executions";
import { For, type JSX, Show } from "solid-js";
import { clock } from "../ui/moment.tsx";
import { t } from "../words/words.ts";
import { cutOff, piecesOf } from "./ansi.ts";
import { linksIn } from "./links.ts";

/** One line of a log at its place: number, time, and the text with its colours. What the function wrote to stderr is tinted. */
export function LogLine(props: {
  number: number;
  line: LogLineView | undefined;
  /** The attempt that begins with this line; undefined: it goes on, or is the first. */
  attempt: number | undefined;
  hasTime: boolean;
  isHit: boolean;
  isLinked: boolean;
  onLink: () => void;
}): JSX.Element {
  const text = () => props.line?.text ?? "";
  const tint = () => {
    if (props.isHit || props.isLinked) return "bg-warn-soft";
    if (props.line?.stream === "stderr" || props.line?.level === "error") return "bg-bad-soft";
    return "";
  };
  return (
    <li class={`flex h-5 gap-3 pr-4 whitespace-pre ${tint()}`}>
      <button
        type="button"
        tabindex="-1"
        class="sticky left-0 w-14 shrink-0 bg-inherit pr-2 text-right text-muted select-none hover:underline"
        aria-label={t("logs.link", { line: props.number })}
        onClick={() => props.onLink()}
      >
        {props.number}
      </button>
      <Show when={props.hasTime}>
        <time
          class="shrink-0 text-muted select-none max-md:hidden"
          datetime={props.line?.time}
          title={props.line?.time}
        >
          {props.line && clock(props.line.time)}
        </time>
      </Show>
      <Show when={props.attempt}>
        {(attempt) => (
          <span class="rounded border border-edge px-1 text-muted">
            {t("timeline.attempt", { attempt: attempt() })}
          </span>
        )}
      </Show>
      <span class={props.line?.stream === "system" ? "text-muted italic" : ""}>
        <Show when={props.line} fallback={<span class="text-muted">…</span>}>
          <For each={piecesOf(text())}>
            {(piece) => (
              <For each={linksIn(piece.text)}>
                {(part) => (
                  <Show when={part.href} fallback={<span class={piece.class}>{part.text}</span>}>
                    <a
                      class={`${piece.class} underline`}
                      href={part.href}
                      target="_blank"
                      rel="noopener noreferrer nofollow"
                    >
                      {part.text}
                    </a>
                  </Show>
                )}
              </For>
            )}
          </For>
        </Show>
        <Show when={cutOff(text()) > 0}>
          <em class="text-muted"> {t("logs.cut", { count: cutOff(text()) })}</em>
        </Show>
      </span>
    </li>
  );
}
