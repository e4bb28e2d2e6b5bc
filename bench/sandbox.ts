import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerClient, engineAnswers } from "../runner/src/sandbox/docker.ts";
import { coldRows, crowdRows, rateRows, stemRows, warmRows } from "./sandbox-calls.ts";
import { freezeRows } from "./sandbox-freeze.ts";
import { Place } from "./sandbox-place.ts";

/**
 * What containers cost beside what they are made of, in one run and in rotation: warm calls, stem and cold starts, many at once, a container
 * for each call, and freezing. Bounded in count; the engine of `DOCKER_HOST`, and nothing but its containers of this run.
 */
async function main(): Promise<void> {
  const docker = dockerClient();
  if (!(await engineAnswers(docker))) {
    process.stderr.write("no Docker engine answers: nothing is measured\n");
    process.exitCode = 1;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "pulse-bench-"));
  const place = new Place(docker, folder, `rnr_bench_${randomBytes(4).toString("hex")}`);
  const only = process.argv.slice(2);
  const rows = {
    warm: warmRows,
    stem: stemRows,
    cold: coldRows,
    crowd: crowdRows,
    rate: rateRows,
    freeze: freezeRows,
  };
  try {
    for (const [name, run] of Object.entries(rows)) {
      if (only.length > 0 && !only.includes(name)) continue;
      process.stdout.write(`\n${name}\n`);
      await run(place);
    }
  } finally {
    await place.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
