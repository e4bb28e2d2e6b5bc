import type { Key } from "../../words/words.ts";
import { type Axis, axisOf, type Gap, type Stretch } from "./axis.ts";

/** A text of the catalogue with what is filled in, or one that people wrote. */
export type Label = { key: Key; values: Readonly<Record<string, string | number>> } | { text: string };

/** What a span is, for its colour. */
export type Look = "wait" | "start" | "load" | "run" | "ok" | "bad" | "warn" | "busy";

/** Something that took its time in an execution; what stands inside another names it as its parent. */
export interface Span extends Stretch {
  id: string;
  parent: string | null;
  label: Label;
  /** What else is to be said of it. */
  note: Label | null;
  look: Look;
  /** The address of what it shows; null: there is nothing more to see. */
  href: string | null;
}

/** A line of the waterfall: a span and how deep it stands, or idle time that is drawn short. */
export type Row = { span: Span; depth: number; gap: null } | { span: null; gap: Gap };

/** Spans as lines of a waterfall. */
export interface Waterfall {
  axis: Axis;
  rows: readonly Row[];
  /** How many spans there are besides. */
  left: number;
}

/** Lays out spans: each behind what it stands in, by begin, and each gap before what follows it; at most `most` spans. */
export function waterfallOf(spans: readonly Span[], nowMs: number, most: number): Waterfall {
  const inside = new Map<string | null, Span[]>();
  const known = new Set(spans.map(({ id }) => id));
  for (const span of spans) {
    const parent = span.parent !== null && known.has(span.parent) ? span.parent : null;
    inside.set(parent, [...(inside.get(parent) ?? []), span]);
  }
  // What holds others is as busy as they are.
  const axis = axisOf(
    spans.map((span) => (inside.has(span.id) ? { ...span, isIdle: true } : span)),
    nowMs,
  );
  const ordered = inOrder(inside, null, 0);
  const shown = ordered.slice(0, most);
  const gaps = [...axis.gaps];
  const rows: Row[] = [];
  for (const { span, depth } of shown) {
    while (gaps[0] !== undefined && span.fromMs >= gaps[0].toMs)
      rows.push({ span: null, gap: gaps[0] }) && gaps.shift();
    rows.push({ span, depth, gap: null });
  }
  rows.push(...gaps.map((gap) => ({ span: null, gap })));
  return { axis, rows, left: ordered.length - shown.length };
}

function inOrder(
  inside: ReadonlyMap<string | null, readonly Span[]>,
  parent: string | null,
  depth: number,
): { span: Span; depth: number }[] {
  const children = [...(inside.get(parent) ?? [])].sort((one, other) => one.fromMs - other.fromMs);
  return children.flatMap((span) => [{ span, depth }, ...inOrder(inside, span.id, depth + 1)]);
}
