import type { Requires } from "../hub.ts";

/** What a runner offers, as far as matching is concerned. */
export interface Offering {
  runtimes: readonly string[];
  labels: Readonly<Record<string, string>>;
  arch: string;
}

/** A runner's place in the choice. */
export interface Candidate extends Offering {
  state: "active" | "draining" | "maintenance";
  preparing: string | null;
  online: boolean;
  free: number;
}

/** One canonical text of what a job needs: jobs with the same route fit the same runners. Labels are sorted by key. */
export function routeOf(requires: Requires): string {
  const labels = Object.keys(requires.labels)
    .sort()
    .map((key) => [key, requires.labels[key]]);
  return JSON.stringify([requires.runtime, requires.arch, labels]);
}

/** Reads a route back. Routes are made by `routeOf` alone. */
export function requiresOf(route: string): Requires {
  const [runtime, arch, labels] = JSON.parse(route) as [string, string | null, [string, string][]];
  return { runtime, arch, labels: Object.fromEntries(labels) };
}

/** Whether a runner has everything a job needs. */
export function fits(runner: Offering, requires: Requires): boolean {
  if (!runner.runtimes.includes(requires.runtime)) return false;
  if (requires.arch !== null && requires.arch !== runner.arch) return false;
  for (const key in requires.labels) {
    if (runner.labels[key] !== requires.labels[key]) return false;
  }
  return true;
}

/** Whether a runner has it, or may have it once it has prepared itself. */
export function mayFit(runner: Candidate, requires: Requires): boolean {
  return fits(runner, requires) || runner.preparing !== null;
}

/** Says in words why no runner of the pool took a job, most useful cause first. */
export function whyNoRunner(runners: readonly Candidate[], requires: Requires, pool: string): string {
  const needs = [
    `runtime ${requires.runtime}`,
    ...(requires.arch === null ? [] : [`architecture ${requires.arch}`]),
    ...Object.entries(requires.labels).map(([key, value]) => `label ${key}=${value}`),
  ].join(", ");
  if (runners.length === 0) return `no runner has joined pool "${pool}"`;
  const able = runners.filter((one) => mayFit(one, requires));
  const online = able.filter((one) => one.online);
  const ready = online.filter((one) => fits(one, requires));
  const preparing = online.find((one) => one.preparing !== null);
  if (preparing !== undefined && ready.length === 0) return `a runner is still ${preparing.preparing}`;
  if (online.length === 0) {
    const offline = able.length - online.length;
    const more =
      offline === 0 ? `${runners.length} in the pool have not` : `${offline} that would are offline`;
    return `no runner with ${needs} is online in pool "${pool}"; ${more}`;
  }
  const active = ready.filter((one) => one.state === "active");
  if (active.length === 0) return `every runner with ${needs} is draining or in maintenance`;
  return `all ${active.length} runners with ${needs} are busy`;
}
