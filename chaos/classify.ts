import type { Effect } from "./effects.ts";
import type { Submission } from "./workload.ts";

/** An execution's row as it is on disk when everything is over. */
export interface FinalRow {
  id: string;
  status: string;
  reason: string | null;
  attempt: number;
  retriesUsed: number;
  losses: number;
  redeliveries: number;
  endedAt: number | null;
  isTerminal: boolean;
}

/** A terminal state that somebody saw while the storm went on. */
export interface Sighting {
  id: string;
  status: string;
  attempt: number;
  endedAt: number;
}

/** What every execution came to, in counts; `findings` says in words what must not be. */
export interface Verdict {
  /** Accepted, ran once, ended as it should. */
  ok: number;
  /** Accepted and then missing, or not over in time. */
  lost: number;
  /** Began more than once, each time with a recorded cause. */
  duplicated: number;
  /** Broke a promise in another way. */
  unexpected: number;
  /** Nobody answered, yet it was taken and came to its end. */
  recovered: number;
  /** Nobody answered, and it was not taken. */
  unknown: number;
  /** Ended without success for a stated reason of the infrastructure: kept, listed, to be replayed. */
  givenUp: number;
  findings: string[];
}

const infrastructureReasons = new Set(["lost", "infrastructure", "poison"]);

/** Compares what callers and functions saw with what is on disk. Pure: the promises of `docs/guarantees.md` 1 to 4 in one place. */
export function classify(seen: {
  submissions: readonly Submission[];
  effects: readonly Effect[];
  rows: ReadonlyMap<string, FinalRow>;
  sightings: readonly Sighting[];
}): Verdict {
  const verdict: Verdict = {
    ...{ ok: 0, lost: 0, duplicated: 0, unexpected: 0, recovered: 0, unknown: 0, givenUp: 0 },
    findings: [],
  };
  const note = (of: "lost" | "unexpected", what: string) => {
    verdict[of] += 1;
    if (verdict.findings.length < 100) verdict.findings.push(`${of}: ${what}`);
  };
  const effectsOf = Map.groupBy(seen.effects, ({ execution }) => execution);
  const idsOf = Map.groupBy(seen.effects, ({ tag }) => tag);

  for (const sighting of seen.sightings) {
    const row = seen.rows.get(sighting.id);
    if (row === undefined) note("lost", `${sighting.id} had ended as ${sighting.status} and is missing`);
    else if (
      row.status !== sighting.status ||
      row.endedAt !== sighting.endedAt ||
      row.attempt !== sighting.attempt
    ) {
      note("unexpected", `${row.id} had ended as ${sighting.status} and is now ${row.status}`);
    }
  }
  const accounted = new Set<string>();
  for (const submission of seen.submissions) {
    const { tag, key } = submission;
    const accepted = [...new Set(submission.ids)];
    if (key !== null && accepted.length > 1) note("unexpected", `${tag}: one key, ${accepted.join(" and ")}`);
    const ran = [...new Set((idsOf.get(tag) ?? []).map(({ execution }) => execution))];
    const stray = ran.filter((id) => !accepted.includes(id));
    if (stray.length > submission.unanswered || (key !== null && accepted.length > 0 && stray.length > 0)) {
      note("unexpected", `${tag} ran as ${stray.join(", ")}, which no answer named`);
    }
    for (const id of [...accepted, ...stray]) {
      accounted.add(id);
      const row = seen.rows.get(id);
      if (row === undefined) note("lost", `${id} (${tag}) was accepted and is missing`);
      else if (!row.isTerminal) note("lost", `${id} (${tag}) is ${row.status} and does not end`);
      else {
        const broken = brokenPromise(row, submission, effectsOf.get(id) ?? []);
        if (broken !== null) note("unexpected", `${id} (${tag}) ${broken}`);
        else if (row.status !== "succeeded") verdict.givenUp += 1;
        else if (
          (effectsOf.get(id) ?? []).filter(({ what }) => what === "start").length >
          1 + row.retriesUsed
        )
          verdict.duplicated += 1;
        else if (accepted.includes(id)) verdict.ok += 1;
        else verdict.recovered += 1;
      }
    }
    if (accepted.length + stray.length === 0) verdict.unknown += 1;
  }
  // What was taken without an answer and never began is one that nobody can tell apart: as many as that are no finding.
  const nameless = [...seen.rows.values()].filter(({ id }) => !accounted.has(id));
  for (const { id, status } of nameless.slice(verdict.unknown))
    note("unexpected", `${id} (${status}) is nobody's`);
  for (const { id, status, isTerminal } of nameless)
    if (!isTerminal) note("lost", `${id} is ${status} and does not end`);
  return verdict;
}

/** What an ended execution did that was promised not to happen; null: nothing. */
function brokenPromise(
  row: FinalRow,
  { function: name }: Submission,
  effects: readonly Effect[],
): string | null {
  const starts = effects.filter(({ what }) => what === "start");
  const ends = effects.filter(({ what }) => what === "end");
  if (row.status === "succeeded" && ends.length === 0) return "is said to have succeeded and did not run";
  if (row.status !== "succeeded" && !infrastructureReasons.has(row.reason ?? "")) {
    return `ended as ${row.status} (${row.reason})`;
  }
  if (name === "once" && starts.length > 1) return `is at-most-once and began ${starts.length} times`;
  const causes = row.losses + row.redeliveries + row.retriesUsed;
  if (starts.length > 1 + causes) return `began ${starts.length} times with ${causes} recorded causes`;
  if (row.attempt !== row.losses + row.retriesUsed + 1 && row.status === "succeeded") {
    return `succeeded as attempt ${row.attempt} after ${row.losses} losses and ${row.retriesUsed} retries`;
  }
  const overlap = overlapping(starts, ends);
  return overlap === null ? null : `ran twice at the same time: ${overlap}`;
}

/** Two different attempts of which one began before the other ended. */
function overlapping(starts: readonly Effect[], ends: readonly Effect[]): string | null {
  for (const end of ends) {
    const begun = starts.filter(({ attempt, at }) => attempt === end.attempt && at < end.at);
    const own = begun.at(-1);
    if (own === undefined) continue;
    const other = starts.find(({ attempt, at }) => attempt > end.attempt && at > own.at && at < end.at);
    if (other !== undefined) return `attempts ${end.attempt} and ${other.attempt}`;
  }
  return null;
}
