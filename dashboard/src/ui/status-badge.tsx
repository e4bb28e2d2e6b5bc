import type { JSX } from "solid-js";
import type { Key } from "../words/words.ts";
import { t } from "../words/words.ts";
import { Icon, type IconName } from "./icon.tsx";

export type Tone = "ok" | "bad" | "warn" | "busy" | "still";

const tones: Readonly<Record<Tone, string>> = {
  ok: "bg-ok-soft text-ok",
  bad: "bg-bad-soft text-bad",
  warn: "bg-warn-soft text-warn",
  busy: "bg-busy-soft text-busy",
  still: "bg-sunken text-muted",
};

/** A state as colour, drawing and word. */
export function StatusBadge(props: { tone: Tone; icon: IconName; word: Key }): JSX.Element {
  return (
    <span
      class={`inline-flex items-center gap-1 rounded-full border border-current/25 px-2 py-0.5 text-xs font-medium whitespace-nowrap ${tones[props.tone]}`}
    >
      <Icon name={props.icon} class={`size-3.5! ${props.tone === "busy" ? "animate-spin" : ""}`} />
      {t(props.word)}
    </span>
  );
}
