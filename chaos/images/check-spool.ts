import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import type { LeftLog } from "../../runner/src/spool/leftovers.ts";
import { Spool } from "../../runner/src/spool/spool.ts";
import type { Finding } from "./finding.ts";
import { outcomeOf, textOf } from "./spool-work.ts";
import type { DiskEvent } from "./trace.ts";

/** What a recorded spool had said at each event: which outcomes had to be on the disk from then on. */
export class SpoolPromises {
  readonly #said: { at: number; what: string; ids: string[] }[] = [];

  constructor(events: readonly DiskEvent[]) {
    events.forEach((event, at) => {
      if (event.kind !== "said") return;
      for (const line of event.text.split("\n")) {
        const [what = "", ...ids] = line.split(" ");
        if (what === "durable" || what === "settled") this.#said.push({ at, what, ids });
      }
    });
  }

  get count(): number {
    return this.#said.reduce((sum, { what, ids }) => sum + (what === "durable" ? ids.length : 0), 0);
  }

  /** What has to be there when the power goes at event `at`. */
  by(at: number): Set<string> {
    const due = new Set<string>();
    for (const one of this.#said) {
      if (one.at >= at) break;
      for (const id of one.ids) one.what === "durable" ? due.add(id) : due.delete(id);
    }
    return due;
  }
}

/** Opens what a power loss left of a spool as a runner does that starts, and looks whether all that was durable is there, whole, with its log. */
export async function checkSpoolImage(folder: string, due: ReadonlySet<string>): Promise<Finding[]> {
  const findings: Finding[] = [];
  let spool: Spool;
  try {
    spool = new Spool({ folder, mostBytes: 2 ** 20, say: () => undefined });
  } catch (error) {
    return [{ kind: "refused", what: `the spool does not open: ${String(error)}` }];
  }
  try {
    const found = new Map(spool.leftovers.finished.map((one) => [one.completion.execution, one]));
    for (const id of due) if (!found.has(id)) findings.push({ kind: "lost", what: `the outcome of ${id}` });
    for (const [id, { completion, log }] of found) {
      const lines = completion.outcome.logs.lastSeq;
      if (!isDeepStrictEqual(completion, outcomeOf(id, lines))) {
        findings.push({ kind: "changed", what: `the outcome of ${id}` });
      }
      const text = await textIn(log);
      const whole = Array.from({ length: lines }, (_, i) => textOf(id, i + 1)).join("");
      if (due.has(id) && text !== whole) findings.push({ kind: "lost", what: `lines of the log of ${id}` });
    }
    return findings;
  } finally {
    await spool.close();
  }
}

async function textIn(log: LeftLog | null): Promise<string> {
  const parts = (log?.chunks ?? []).map(async (chunk) =>
    gunzipSync("place" in chunk ? ((await log?.file.read(chunk.place)) ?? "") : chunk.gzip).toString(),
  );
  return (await Promise.all(parts)).join("");
}
