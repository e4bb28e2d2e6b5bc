/** The address of a runner's page. */
export function runnerPath(name: string): string {
  return `/runners/${encodeURIComponent(name)}`;
}

/** The address of the console, for these targets where some are given. No runner has this name: names begin with a letter or digit. */
export function consolePath(targets?: string): string {
  return targets === undefined
    ? "/runners/_console"
    : `/runners/_console?${new URLSearchParams({ targets })}`;
}
