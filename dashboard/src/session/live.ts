/** What changes by itself while a page is open. */
export type Topic = "executions" | "functions" | "runners";

const everyMs: Readonly<Record<Topic, number>> = { executions: 1500, functions: 4000, runners: 1500 };

/**
 * Query options that keep a view of a topic up to date: spread them into `queryOptions`. The gateway has no event stream yet, so the query asks
 * again while its page is visible; with one, this file alone changes: events invalidate the topic's keys.
 */
export function follow(topic: Topic): { refetchInterval: number } {
  return { refetchInterval: everyMs[topic] };
}
