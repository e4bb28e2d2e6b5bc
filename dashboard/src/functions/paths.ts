/** The parts of a function's page. */
export const functionTabs = ["code", "versions", "executions", "metrics", "data", "settings"] as const;
export type FunctionTab = (typeof functionTabs)[number];

/** The address of a function's page. */
export function functionPath(name: string, search: Readonly<Record<string, string | number>> = {}): string {
  const query = new URLSearchParams(
    Object.entries(search).map(([key, value]) => [key, String(value)]),
  ).toString();
  return `/functions/${encodeURIComponent(name)}${query === "" ? "" : `?${query}`}`;
}
