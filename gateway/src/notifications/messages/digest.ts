import type { Level, Notification } from "./notification.ts";
import { oneLine, plain } from "./shorten.ts";

const levels: readonly Level[] = ["good", "info", "warning", "bad"];

/** One message of several: as bad as the worst of them, with a line for each. One alone stays as it is. `count` may be more than were kept. */
export function digestOf(items: readonly Notification[], count: number): Notification | null {
  const [first] = items;
  if (first === undefined) return null;
  if (items.length === 1 && count <= 1) return first;
  const kinds = [...Map.groupBy(items, ({ event }) => event)].map(
    ([event, some]) => `${some.length} ${event}`,
  );
  const worst = Math.max(...items.map(({ level }) => levels.indexOf(level)));
  const left = count - items.length;
  return {
    event: "digest",
    level: levels[worst] ?? "info",
    project: first.project,
    title: `${count} notifications`,
    text: `${kinds.join(", ")}${left > 0 ? `, and ${left} more that are not listed` : ""}`,
    facts: [],
    lines: items.map(({ title, text, links, event }) => ({
      // A short text says more than its title; a prompt's is the question.
      text: oneLine(plain(event === "prompt" ? `${title}: ${text}` : title)),
      url: links[0]?.url ?? null,
    })),
    links: [],
    at: items.reduce((latest, { at }) => Math.max(latest, at), first.at),
    data: { count, items: items.map(({ event, title, at, data }) => ({ event, title, at, ...data })) },
  };
}
