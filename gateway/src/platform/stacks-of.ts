const causesMost = 4;

/** The stacks of an error and of what caused it, at most four. */
export function stacksOf(cause: unknown): string[] {
  const stacks: string[] = [];
  for (
    let one = cause;
    one !== undefined && stacks.length < causesMost;
    one = (one as { cause?: unknown }).cause
  ) {
    stacks.push(one instanceof Error ? (one.stack ?? one.message) : String(one));
    if (typeof one !== "object" || one === null) break;
  }
  return stacks;
}
