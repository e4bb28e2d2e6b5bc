/** How good or bad the news is. */
export type Level = "good" | "info" | "warning" | "bad";

/** A line of a message; with a URL it leads there. */
export interface Line {
  text: string;
  url: string | null;
}

/** One thing that people are told, before it is written the way of a channel. All of it is plain text: anybody may have chosen it. */
export interface Notification {
  /** `failed`, `prompt`, …; `step` for one that a workflow sends, `test` for one that somebody tries. */
  event: string;
  level: Level;
  project: string;
  title: string;
  text: string;
  facts: { name: string; value: string }[];
  /** What a digest is made of. */
  lines: Line[];
  /** Where it can be looked at or answered. */
  links: { text: string; url: string }[];
  /** Epoch milliseconds. */
  at: number;
  /** What programs are told besides. */
  data: Readonly<Record<string, unknown>>;
}

/** A request that brings a message to its receiver. */
export interface MessageRequest {
  url: string;
  headers: [string, string][];
  body: string;
}
