/** A program of Pulse as it is seen from here. */
export interface Part {
  part: "gateway" | "cli" | "runner";
  name: string;
  /** Null: it has never said. */
  version: string | null;
  /** How it stands to the gateway. `rebuilt`: the same version, of other sources than the gateway hands out. */
  state: "current" | "behind" | "ahead" | "rebuilt" | "unknown";
  /** How it is brought up to date: by the gateway's install line, or where it was installed from; null: it need not be. */
  way: "line" | "source" | "cli" | null;
}

/** What is known of a runner. */
export interface SeenRunner {
  name: string;
  version: string | null;
  facts: Readonly<Record<string, unknown>> | null;
}

/** What the gateway hands out, by platform; null: nothing. */
export type HandedOut = { bundles: readonly { platform: string; sha256: string }[] } | null;

/** How the CLI and each runner stand to the gateway: the gateway first, then the CLI, then the runners as they come. */
export function partsOf(
  gateway: string,
  cli: string,
  runners: readonly SeenRunner[],
  handedOut: HandedOut,
): Part[] {
  const stand = compare(cli, gateway);
  return [
    { part: "gateway", name: "", version: gateway, state: "current", way: null },
    { part: "cli", name: "", version: cli, state: stand, way: stand === "current" ? null : "cli" },
    ...runners.map((runner) => partOf(runner, gateway, handedOut)),
  ];
}

function partOf({ name, version, facts }: SeenRunner, gateway: string, handedOut: HandedOut): Part {
  const bundle = typeof facts?.bundle === "string" ? facts.bundle : null;
  const platform = `${facts?.os}-${facts?.arch}`;
  const handed = handedOut?.bundles.find((one) => one.platform === platform)?.sha256 ?? null;
  const known = version === null ? "unknown" : compare(version, gateway);
  const isRebuilt = known === "current" && bundle !== null && handed !== null && bundle !== handed;
  const state = isRebuilt ? "rebuilt" : known;
  const way = state === "current" || state === "unknown" ? null : bundle === null ? "source" : "line";
  return { part: "runner", name, version, state, way };
}

/** Versions `1.2.3`, number by number. */
function compare(version: string, to: string): "current" | "behind" | "ahead" {
  const [ours, theirs] = [version, to].map((one) => one.split(/[.+-]/).slice(0, 3).map(Number));
  for (const at of [0, 1, 2]) {
    const difference = (ours?.[at] ?? 0) - (theirs?.[at] ?? 0);
    if (difference !== 0) return difference < 0 ? "behind" : "ahead";
  }
  return "current";
}
