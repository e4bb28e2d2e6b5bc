/** Whether one version comes after another: by its numbers, then a release after what comes before it, then by the parts of those (Semantic Versioning 2.0.0, 11). */
export function isLater(one: string, other: string): boolean {
  const [ours, theirs] = [partsOf(one), partsOf(other)];
  for (const [i, number] of ours.numbers.entries()) {
    const difference = number - (theirs.numbers[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  if (ours.before.length === 0 || theirs.before.length === 0) {
    return ours.before.length === 0 && theirs.before.length > 0;
  }
  for (let i = 0; i < Math.max(ours.before.length, theirs.before.length); i++) {
    const [left, right] = [ours.before[i], theirs.before[i]];
    if (left === right) continue;
    if (left === undefined || right === undefined) return right === undefined;
    const areNumbers = [left, right].map((part) => /^\d+$/.test(part));
    if (areNumbers[0] === true && areNumbers[1] === true) return Number(left) > Number(right);
    if (areNumbers[0] !== areNumbers[1]) return areNumbers[1] === true;
    return left > right;
  }
  return false;
}

/** The numbers of a version, and the parts of what comes before a release (`rc.1`); what stands after `+` tells nothing apart. */
function partsOf(text: string): { numbers: number[]; before: string[] } {
  const [version = ""] = text.split("+");
  const dash = version.indexOf("-");
  const core = dash < 0 ? version : version.slice(0, dash);
  const before = dash < 0 ? [] : version.slice(dash + 1).split(".");
  return { numbers: core.split(".").map(Number), before };
}
