/** The pages of the settings, in their order. */
export const parts = [
  "you",
  "keys",
  "secrets",
  "sources",
  "people",
  "usage",
  "retention",
  "audit",
  "reports",
  "health",
] as const;
export type Part = (typeof parts)[number];

/** What only administrators of the project are shown. */
export const adminParts: ReadonlySet<Part> = new Set(["people", "audit", "reports"]);

/** The address of a page of the settings. */
export function partPath(part: Part): string {
  return part === "you" ? "/settings" : `/settings/${part}`;
}
