import { fileURLToPath } from "node:url";
import type { Runtime } from "@pulse/schema/wire/manifest";
import type Docker from "dockerode";

const retryMs = 30_000;
const version = "0.1.0";

/** Where the Dockerfiles of the runtimes stand. */
const context = (runtime: Runtime) => fileURLToPath(new URL(`../../../runtimes/${runtime}`, import.meta.url));

/** The images of the runtimes: those that the operator named, else our own, built in the background with progress. */
export class Images {
  readonly #docker: Docker;
  readonly #named: Record<Runtime, string | null>;
  readonly #log: (line: string) => void;
  readonly #ready = new Set<Runtime>();
  #doing: string | null = "preparing image";
  #stopped = false;
  #onChange: () => void = () => undefined;

  constructor(docker: Docker, named: Record<Runtime, string | null>, log: (line: string) => void) {
    this.#docker = docker;
    this.#named = named;
    this.#log = log;
  }

  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  nameOf(runtime: Runtime): string {
    return this.#named[runtime] ?? `pulse-${runtime}:${version}`;
  }

  ready(): Runtime[] {
    return [...this.#ready];
  }

  /** What is being done, while not every image is there. */
  preparing(): string | null {
    return this.#doing;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Makes every image available; repeats what fails until it works or `stop`. */
  async prepare(): Promise<void> {
    for (const runtime of ["typescript", "python"] as const) {
      while (!this.#stopped && !this.#ready.has(runtime)) {
        this.#say(`preparing image ${this.nameOf(runtime)}`);
        try {
          await this.#one(runtime);
          this.#ready.add(runtime);
        } catch (error) {
          this.#say(
            `preparing image ${this.nameOf(runtime)}: ${error instanceof Error ? error.message : String(error)}; trying again`,
          );
          await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
        }
      }
    }
    this.#doing = null;
    this.#onChange();
  }

  #say(line: string): void {
    this.#doing = line;
    this.#log(line);
    this.#onChange();
  }

  async #one(runtime: Runtime): Promise<void> {
    const name = this.nameOf(runtime);
    const there = await this.#docker
      .getImage(name)
      .inspect()
      .then(() => true)
      .catch(() => false);
    if (there) return;
    const stream =
      this.#named[runtime] === null
        ? await this.#docker.buildImage(
            { context: context(runtime), src: ["Dockerfile"] },
            { t: name, pull: true },
          )
        : await this.#docker.pull(name);
    await new Promise<void>((resolve, reject) => {
      this.#docker.modem.followProgress(stream, (error: Error | null, steps: { error?: string }[] | null) => {
        const failed = error?.message ?? steps?.find((step) => step.error !== undefined)?.error;
        if (failed === undefined) resolve();
        else reject(new Error(failed));
      });
    });
  }
}
