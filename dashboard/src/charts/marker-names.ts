/** Something that happened at a time, such as a deploy. */
export interface Marker {
  atMs: number;
  name: string;
}

/** Where the name of markers stands, in pixels, and the name: of those nearer to each other than `leastPx` the first and the last, at the last one's place. */
export function markerNames(
  markers: readonly Marker[],
  xOf: (atMs: number) => number,
  leastPx: number,
): { x: number; name: string }[] {
  const groups: Marker[][] = [];
  for (const marker of [...markers].sort((one, other) => one.atMs - other.atMs)) {
    const before = groups.at(-1);
    const last = before?.at(-1);
    if (before && last && xOf(marker.atMs) - xOf(last.atMs) < leastPx) before.push(marker);
    else groups.push([marker]);
  }
  return groups.flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [{ x: xOf(last.atMs), name: first === last ? last.name : `${first.name}–${last.name}` }];
  });
}
