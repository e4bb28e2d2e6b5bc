import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { dockerClient } from "../runner/src/sandbox/docker.ts";
import { ownImage } from "../runner/src/sandbox/images/runtime-images.ts";
import {
  type Deployed,
  deploy,
  type Files,
  RecordingLink,
} from "../runner/src/sandbox/recording-link.suite.ts";
import { createWorkshop, type WorkshopOptions } from "../runner/src/sandbox/workshop.ts";
import type { AttemptEnd, FunctionJob, Workshop } from "../runner/src/work.ts";
import { quantile } from "./measure.ts";

/** The image that rows run in. */
export const image = process.env.PULSE_IMAGE_TYPESCRIPT ?? ownImage("typescript");
const python = process.env.PULSE_IMAGE_PYTHON ?? null;
const hello: Files = { "index.js": "export const handler = (e) => ({ hello: e.name ?? 'world' });" };

/** The engine's client. */
export type Docker = ReturnType<typeof dockerClient>;

/** A timed call. */
export interface Timed {
  ms: number;
  end: AttemptEnd;
}

/** Where a row is measured: workshops of this run, closed with it. */
export class Place {
  readonly docker: Docker;
  readonly runner: string;
  readonly #folder: string;
  readonly #open: Workshop[] = [];
  #opened = 0;

  constructor(docker: Docker, folder: string, runner: string) {
    this.docker = docker;
    this.runner = runner;
    this.#folder = folder;
  }

  /** How many versions' code was prepared on this machine so far. */
  get prepared(): number {
    return readdirSync(this.#folder)
      .filter((name) => name.startsWith("docker-"))
      .reduce((sum, name) => sum + readdirSync(join(this.#folder, name, "versions")).length, 0);
  }

  async workshop(kind: "docker" | "process", more: Partial<WorkshopOptions> = {}): Promise<Workshop> {
    const workshop = await createWorkshop({
      ...{ kind, stateDir: join(this.#folder, `${kind}-${++this.#opened}`), slots: 32 },
      images: { typescript: image, python },
      confinement: { runtime: null, seccomp: "strict" },
      ...{ runner: this.runner, log: () => undefined },
      egress: { filtered: true, opened: [] },
      ...more,
    });
    this.#open.push(workshop);
    while (!workshop.runtimes.includes("typescript")) await sleep(50);
    return workshop;
  }

  /** A version of its own with the smallest code, or this. */
  version(settings: FunctionJob["spec"]["settings"] = {}, files: Files = hello): Promise<Deployed> {
    return deploy(this.#folder, "typescript", files, { egress: "none", memory: 128 * 2 ** 20, ...settings });
  }

  /** One call, from the job's arrival to the end of its response. */
  async call(workshop: Workshop, version: Deployed): Promise<Timed> {
    const request = {
      ...{ method: "POST", url: "http://pulse.test/f/x/", path: "/" },
      headers: [["content-type", "application/json"]] as [string, string][],
    };
    const link = new RecordingLink(version.archive, Buffer.from('{"name":"you"}'));
    const job = version.call({ spec: { request, body: { at: "piped" } } });
    const begun = performance.now();
    const end = await workshop.run(job, link, AbortSignal.timeout(120_000));
    await link.bodyRead;
    const ms = performance.now() - begun;
    if (end.status !== "succeeded") throw new Error(`a call ended ${end.status}: ${end.error?.message}`);
    return { ms, end };
  }

  /** The containers of this run. */
  containers(): ReturnType<Docker["listContainers"]> {
    return this.docker.listContainers({ all: true, filters: { label: [`pulse.runner=${this.runner}`] } });
  }

  /** Waits until no container of this run came or went for a while. */
  async quiet(): Promise<void> {
    let before = "";
    for (let same = 0; same < 4; ) {
      await sleep(200);
      const now = (await this.containers()).map(({ Id, State }) => `${Id}${State}`).join();
      same = now === before ? same + 1 : 0;
      before = now;
    }
  }

  /** Ends the workshops of a row. */
  async close(): Promise<void> {
    for (const one of this.#open.splice(0)) await one.stop();
  }
}

/** Prints one row: median, p99, and how they stand to the yardstick's. */
export function row(name: string, values: readonly number[], yardstick?: readonly number[]): void {
  const [p50, p99] = [quantile(values, 0.5), quantile(values, 0.99)];
  const ratio = (share: number) =>
    (quantile(values, share) / quantile(yardstick ?? values, share)).toFixed(2);
  const beside = yardstick === undefined ? "yardstick" : `p50 ×${ratio(0.5)}, p99 ×${ratio(0.99)}`;
  const counted = `${values.length} times`.padStart(10);
  process.stdout.write(
    `  ${name.padEnd(46)} p50 ${p50.toFixed(2).padStart(8)} ms  p99 ${p99.toFixed(2).padStart(8)} ms ${counted}  ${beside}\n`,
  );
}

/** Prints a fact in words. */
export function note(text: string): void {
  process.stdout.write(`  ${text}\n`);
}
