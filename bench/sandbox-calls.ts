import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { containerOptions } from "../runner/src/sandbox/docker-spec.ts";
import { quantile } from "./measure.ts";
import { type Docker, image, note, type Place, row, type Timed } from "./sandbox-place.ts";

const rounds = 3;
const warmCalls = 600;
const startRounds = 12;
const crowd = 20;
const callers = 4;
const rateMs = 6000;
const rateRounds = 4;

/** Warm calls in a container beside warm calls in a bare process, over the same frames. */
export async function warmRows(place: Place): Promise<void> {
  const benches = { process: await place.workshop("process"), docker: await place.workshop("docker") };
  const version = await place.version();
  const seen: Record<keyof typeof benches, number[]> = { process: [], docker: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const kind of ["process", "docker"] as const) {
      for (let i = 0; i < warmCalls; i++) {
        const { ms } = await place.call(benches[kind], version);
        if (round > 0) seen[kind].push(ms);
      }
    }
  }
  row("warm call, bare process", seen.process);
  row("warm call, container", seen.docker, seen.process);
  await place.close();
}

/** New code in a stem cell beside new code in a new container, and a warm call beside both. */
export async function stemRows(place: Place): Promise<void> {
  const workshop = await place.workshop("docker");
  const [cold, stem, warm, load]: number[][] = [[], [], [], []];
  await place.call(workshop, await place.version());
  for (let round = 0; round < startRounds; round++) {
    await place.quiet();
    // A size that no stem cell has.
    const first = await place.call(workshop, await place.version({ memory: (129 + round) * 2 ** 20 }));
    check(first, "cold");
    cold?.push(first.ms);
    await place.quiet();
    const version = await place.version();
    const second = await place.call(workshop, version);
    check(second, "stem");
    stem?.push(second.ms);
    load?.push(second.end.timing.initMs ?? 0);
    for (let i = 0; i < 20; i++) warm?.push((await place.call(workshop, version)).ms);
  }
  row("new code, new container (cold)", cold ?? []);
  row("new code, stem cell", stem ?? [], cold);
  row("the same code again (warm)", warm ?? [], cold);
  const of = (values: number[] | undefined) => quantile(values ?? [], 0.5);
  note(
    `a stem start adds ${(of(stem) - of(warm) - of(load)).toFixed(1)} ms to a warm call and the code's own load of ${of(load).toFixed(1)} ms`,
  );
  await place.close();
}

/** A cold start, up to the answer of the first call, beside what the engine takes for a container of the same image that prints a line. */
export async function coldRows(place: Place): Promise<void> {
  const workshop = await place.workshop("docker");
  const [raw, boot, cold]: number[][] = [[], [], []];
  for (let round = 0; round < startRounds; round++) {
    raw?.push(await dockerRun(place.docker, ["/bin/sh", "-c", "echo here"]));
    boot?.push(await dockerRun(place.docker, ["node", "-e", "console.log('here')"]));
    const first = await place.call(workshop, await place.version({ memory: (160 + round) * 2 ** 20 }));
    check(first, "cold");
    cold?.push(first.ms);
    await place.quiet();
  }
  row("docker run, a shell's first line", raw ?? []);
  row("docker run, Node's first line", boot ?? [], raw);
  row("cold start, new code, first answer", cold ?? [], boot);
  await place.close();
}

/** Many calls of one cold function at once. */
export async function crowdRows(place: Place): Promise<void> {
  const [one, each, shared]: number[][] = [[], [], []];
  const containers: number[] = [];
  const prepared: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const alone = await place.workshop("docker");
    one?.push((await place.call(alone, await place.version())).ms);
    await place.close();
    for (const [concurrency, into] of [
      [1, each],
      [crowd, shared],
    ] as const) {
      const workshop = await place.workshop("docker");
      const version = await place.version({ concurrency });
      const before = place.prepared;
      const begun = performance.now();
      await Promise.all(Array.from({ length: crowd }, () => place.call(workshop, version)));
      into?.push(performance.now() - begun);
      prepared.push(place.prepared - before);
      containers.push((await place.containers()).length);
      await place.close();
    }
  }
  row("one cold call", one ?? []);
  row(`${crowd} at once, a container each`, each ?? [], one);
  row(`${crowd} at once, sharing one container`, shared ?? [], one);
  note(`code was prepared ${prepared.join(", ")} times; containers afterwards: ${containers.join(", ")}`);
}

/** A container for each call, sustained, beside how fast the engine makes, starts and removes the same containers, as many at once. */
export async function rateRows(place: Place): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "pulse-bench-fn-"));
  const workshop = await place.workshop("docker");
  const version = await place.version({ reuse: "never" });
  const rates = { shell: [] as number[], node: [] as number[], product: [] as number[] };
  const latencies: number[] = [];
  const starts: Record<string, number> = {};
  const raw = async (command: string[], isReady: boolean) => {
    const container = await place.docker.createContainer(optionsOf(folder, place.runner, command));
    const output = isReady ? await container.attach({ stream: true, stdout: true, stderr: true }) : null;
    const ready = new Promise((resolve) => output?.once("data", resolve));
    await container.start();
    if (isReady) await ready;
    await container.remove({ force: true, v: true });
  };
  await place.call(workshop, version);
  for (let round = 0; round < rateRounds; round++) {
    await place.quiet();
    rates.shell.push(await rateOf(() => raw(["/bin/sh", "-c", "sleep 60"], false)));
    const node = "console.log('ready'); setTimeout(() => {}, 60_000)";
    rates.node.push(await rateOf(() => raw(["node", "-e", node], true)));
    rates.product.push(
      await rateOf(async () => {
        const { ms, end } = await place.call(workshop, version);
        latencies.push(ms);
        const start = end.timing.start ?? "";
        starts[start] = (starts[start] ?? 0) + 1;
      }),
    );
  }
  const rate = (values: number[]) => quantile(values, 0.5).toFixed(2);
  const ratio = (of: number[]) => (quantile(rates.product, 0.5) / quantile(of, 0.5)).toFixed(2);
  note(`${callers} at once, ${rateMs / 1000} s, ${rateRounds} rounds, a second:`);
  note(
    `the engine alone, a shell: ${rate(rates.shell)}; with Node in it, up to its first line: ${rate(rates.node)}`,
  );
  note(`a container for each call: ${rate(rates.product)}, ×${ratio(rates.shell)} and ×${ratio(rates.node)}`);
  row("latency of those calls", latencies);
  note(`starts: ${JSON.stringify(starts)}`);
  await place.close();
  rmSync(folder, { recursive: true, force: true });
}

function check({ end }: Timed, start: string): void {
  if (end.timing.start !== start) throw new Error(`expected a ${start} start, got ${end.timing.start}`);
}

/** How often a second `act` is done, by so many at once. */
async function rateOf(act: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  let done = 0;
  const lane = async () => {
    while (performance.now() - begun < rateMs) {
      await act();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, lane));
  return (done / (performance.now() - begun)) * 1000;
}

/** The container of a function, with another command. */
function optionsOf(folder: string, runner: string, command: string[]): ReturnType<typeof containerOptions> {
  const spec = {
    ...{ runtime: "typescript" as const, memory: 128 * 2 ** 20, cpus: 1 },
    ...{ egress: "none" as const, project: "prj_bench" },
  };
  const place = { image, runner, folder, network: null, runtime: null, transport: "socket" as const };
  return { ...containerOptions(spec, { ...place, seccomp: null }), Entrypoint: command };
}

/** Create, attach, start, and the first byte of output: what `docker run` does. */
async function dockerRun(docker: Docker, command: string[]): Promise<number> {
  const begun = performance.now();
  const container = await docker.createContainer({
    ...{ Image: image, Entrypoint: command, AttachStdout: true, AttachStderr: true },
    HostConfig: { NetworkMode: "none", Memory: 128 * 2 ** 20 },
  });
  try {
    const output = await container.attach({ stream: true, stdout: true, stderr: true });
    const first = new Promise((resolve) => output.once("data", resolve));
    await container.start();
    await first;
    return performance.now() - begun;
  } finally {
    await container.remove({ force: true, v: true });
  }
}
