import type { Requires } from "../hub.ts";

/** What a runner offers, as far as matching is concerned. */
export interface Offering {
  id: string;
  capabilities: readonly string[];
  runtimes: readonly string[];
  labels: Readonly<Record<string, string>>;
  arch: string;
}

/** A runner's place in the choice. */
export interface Candidate extends Offering {
  name: string;
  state: "active" | "draining" | "maintenance";
  preparing: string | null;
  online: boolean;
  free: number;
}

type Route = [
  runtime: string | null,
  arch: string | null,
  labels: [string, string][],
  capability?: string | null,
  runner?: string | null,
];

/** One canonical text of what a job needs: jobs with the same route fit the same runners. Labels are sorted by key. */
export function routeOf(requires: Requires): string {
  const labels = Object.keys(requires.labels)
    .sort()
    .map((key) => [key, requires.labels[key]]);
  const { runtime, arch, capability, runner } = requires;
  const more = capability === undefined && runner === undefined ? [] : [capability ?? null, runner ?? null];
  return JSON.stringify([runtime, arch, labels, ...more]);
}

/** Reads a route back. Routes are made by `routeOf` alone. */
export function requiresOf(route: string): Requires {
  const [runtime, arch, labels, capability = null, runner = null] = JSON.parse(route) as Route;
  return {
    ...{ runtime, arch, labels: Object.fromEntries(labels) },
    ...(capability === null ? {} : { capability }),
    ...(runner === null ? {} : { runner }),
  };
}

/** Whether a runner has everything a job needs. */
export function fits(runner: Offering, requires: Requires): boolean {
  if (requires.runner !== undefined && requires.runner !== runner.id) return false;
  if (requires.capability !== undefined && !runner.capabilities.includes(requires.capability)) return false;
  if (requires.runtime !== null && !runner.runtimes.includes(requires.runtime)) return false;
  if (requires.arch !== null && requires.arch !== runner.arch) return false;
  for (const key in requires.labels) {
    if (runner.labels[key] !== requires.labels[key]) return false;
  }
  return true;
}

/** Whether a runner has it, or may have it once it has prepared itself. */
export function mayFit(runner: Candidate, requires: Requires): boolean {
  // What a runner prepares is its runtimes.
  return fits(runner, requires) || (runner.preparing !== null && requires.runtime !== null);
}

/** Says in words why no runner of the pool took a job, most useful cause first. */
export function whyNoRunner(runners: readonly Candidate[], requires: Requires, pool: string): string {
  const wanted = runners.find(({ id }) => id === requires.runner);
  if (requires.runner !== undefined) return whyNotThat(wanted, requires, pool);
  const needs = [
    ...(requires.runtime === null ? [] : [`runtime ${requires.runtime}`]),
    ...(requires.capability === undefined ? [] : [requires.capability]),
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

function whyNotThat(runner: Candidate | undefined, requires: Requires, pool: string): string {
  if (runner === undefined) return `the runner that it is for is not in pool "${pool}"`;
  const { name, capabilities, state } = runner;
  const { capability } = requires;
  if (capability !== undefined && !capabilities.includes(capability))
    return `runner "${name}" takes no ${capability}`;
  if (!fits(runner, requires)) return `runner "${name}" has not what it needs`;
  if (!runner.online) return `runner "${name}" is offline`;
  return state === "active" ? `runner "${name}" is busy` : `runner "${name}" is draining or in maintenance`;
}
