/** Indexes of the lines that contain a text, whatever its case; none for an empty text. */
export function findLines(lines: readonly { text: string }[], text: string, from = 0): number[] {
  if (text === "") return [];
  const wanted = text.toLowerCase();
  const found: number[] = [];
  for (let i = from; i < lines.length; i++) {
    if (lines[i]?.text.toLowerCase().includes(wanted)) found.push(i);
  }
  return found;
}

/** The next hit behind a line (or before it), round the end; -1 without hits. */
export function nextHit(hits: readonly number[], at: number, step: 1 | -1): number {
  if (hits.length === 0) return -1;
  if (step === 1) return hits.find((hit) => hit > at) ?? hits[0] ?? -1;
  return hits.findLast((hit) => hit < at) ?? hits.at(-1) ?? -1;
}
