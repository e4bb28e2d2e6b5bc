/** Indexes of the lines that contain a text, whatever its case, among those from `from` up to `to`; none for an empty text. */
export function findLines(
  lines: readonly { text: string }[],
  text: string,
  from = 0,
  to = lines.length,
): number[] {
  if (text === "") return [];
  const wanted = text.toLowerCase();
  const found: number[] = [];
  for (let i = from; i < to; i++) {
    if (lines[i]?.text.toLowerCase().includes(wanted)) found.push(i);
  }
  return found;
}

/** What a search has found so far. */
export interface Found {
  text: string;
  /** How many lines were looked at. */
  upTo: number;
  hits: readonly number[];
}

/** Goes on with a search over a log that grew; begins anew when the text is another one or lines were taken away. */
export function findMore(
  before: Found | undefined,
  lines: readonly { text: string }[],
  text: string,
  to: number,
): Found {
  const goesOn = before !== undefined && before.text === text && before.upTo <= to;
  const more = findLines(lines, text, goesOn ? before.upTo : 0, to);
  if (goesOn && more.length === 0) return { ...before, upTo: to };
  return { text, upTo: to, hits: goesOn ? [...before.hits, ...more] : more };
}

/** The next hit behind a line (or before it), round the end; -1 without hits. */
export function nextHit(hits: readonly number[], at: number, step: 1 | -1): number {
  if (hits.length === 0) return -1;
  if (step === 1) return hits.find((hit) => hit > at) ?? hits[0] ?? -1;
  return hits.findLast((hit) => hit < at) ?? hits.at(-1) ?? -1;
}
