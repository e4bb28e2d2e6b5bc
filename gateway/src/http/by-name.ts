/**
 * Values by their names, in the order in which they came; a name that came more than once has a list. Without a prototype: a name such as `__proto__` is one like
 * any other, and not one of ours. However often a name comes, each costs the same.
 */
export function byName(pairs: Iterable<readonly [string, string]>): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    const before = all[name];
    if (Array.isArray(before)) before.push(value);
    else all[name] = before === undefined ? value : [before, value];
  }
  return all;
}
