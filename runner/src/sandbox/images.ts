import { fileURLToPath } from "node:url";
import type { Runtime } from "@pulse/schema/wire/manifest";
import type Docker from "dockerode";

const retryMs = 30_000;
const sayEveryMs = 1000;
const version = "0.1.0";

/** One line of an engine's progress. */
interface ProgressStep {
  error?: string;
  id?: string;
  progressDetail?: { current?: number; total?: number };
}

/** Where the Dockerfiles of the runtimes stand. */
const context = (runtime: Runtime) => fileURLToPath(new URL(`../../../runtimes/${runtime}`, import.meta.url));

/** The images of the runtimes: those that the operator named, else our own, built in the background with progress. */
export class Images {
  readonly #docker: Docker;
  readonly #named: Record<Runtime, string | null>;
  readonly #log: (line: string) => void;
  readonly #ready = new Set<Runtime>();
  readonly #doing = new Map<Runtime, string>();
  readonly #layers = new Map<string, { current: number; total: number }>();
  #saidAt = 0;
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
    const [first] = this.#doing.values();
    return first ?? null;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Makes every image available, each for itself; repeats what fails until it works or `stop`. */
  async prepare(): Promise<void> {
    await Promise.all((["typescript", "python"] as const).map((runtime) => this.#prepareOne(runtime)));
  }

  async #prepareOne(runtime: Runtime): Promise<void> {
    const doing = `preparing image ${this.nameOf(runtime)}`;
    this.#say(runtime, doing);
    while (!this.#stopped && !this.#ready.has(runtime)) {
      try {
        await this.#one(runtime);
        this.#ready.add(runtime);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#say(runtime, `${doing}: ${why}; trying again`);
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      }
    }
    this.#doing.delete(runtime);
    this.#onChange();
  }

  #say(runtime: Runtime, line: string): void {
    this.#doing.set(runtime, line);
    this.#log(line);
    this.#onChange();
  }

  /** Bytes fetched so far, said at most once a second. */
  #progress(runtime: Runtime, { id, progressDetail }: ProgressStep): void {
    const { current, total } = progressDetail ?? {};
    if (id === undefined || current === undefined || total === undefined) return;
    this.#layers.set(id, { current, total });
    const now = Date.now();
    if (now - this.#saidAt < sayEveryMs) return;
    this.#saidAt = now;
    const sum = (of: "current" | "total") =>
      [...this.#layers.values()].reduce((all, layer) => all + layer[of], 0);
    const megabytes = (bytes: number) => Math.round(bytes / 1e6);
    this.#say(
      runtime,
      `preparing image ${this.nameOf(runtime)}: ${megabytes(sum("current"))} of ${megabytes(sum("total"))} MB`,
    );
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
        ? await this.#docker.buildImage({ context: context(runtime), src: ["Dockerfile"] }, { t: name })
        : await this.#docker.pull(name);
    await new Promise<void>((resolve, reject) => {
      const end = (error: Error | null, steps: ProgressStep[] | null) => {
        const failed = error?.message ?? steps?.find((step) => step.error !== undefined)?.error;
        if (failed === undefined) resolve();
        else reject(new Error(failed));
      };
      this.#docker.modem.followProgress(stream, end, (step: ProgressStep) => this.#progress(runtime, step));
    });
  }
}
