const stored = "pulse.recent";
const keptMost = 12;

/** What can be shown again without asking the gateway: a thing that was found and gone to. */
export interface Visited {
  kind: string;
  id: string;
  name: string;
}

/** One choice in the palette: an entry of its own, or a thing that was found. */
export interface Choice {
  id: string;
  found?: Visited;
}

/** What was chosen in this browser, the latest first. */
export function recentChoices(): Choice[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(stored) ?? "[]");
    return Array.isArray(kept) ? kept.flatMap((one) => choiceOf(one) ?? []) : [];
  } catch {
    return [];
  }
}

function choiceOf(kept: unknown): Choice | null {
  if (typeof kept !== "object" || kept === null || !("id" in kept) || typeof kept.id !== "string")
    return null;
  const { id } = kept;
  const found = "found" in kept ? kept.found : undefined;
  if (typeof found !== "object" || found === null) return { id };
  const { kind, id: foundId, name } = found as Record<string, unknown>;
  if (typeof kind !== "string" || typeof foundId !== "string" || typeof name !== "string") return null;
  return { id, found: { kind, id: foundId, name } };
}

/** Notes a choice as the latest. */
export function noteChoice(choice: Choice): void {
  const others = recentChoices().filter(({ id }) => id !== choice.id);
  localStorage.setItem(stored, JSON.stringify([choice, ...others].slice(0, keptMost)));
}

/** Forgets all of it, as when somebody signs out. */
export function forgetChoices(): void {
  localStorage.removeItem(stored);
}
