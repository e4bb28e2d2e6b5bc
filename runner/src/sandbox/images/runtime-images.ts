import { fileURLToPath } from "node:url";
import { pulseVersion } from "@pulse/schema/version";
import { type Language, languageField } from "@pulse/schema/wire/manifest";
import type Docker from "dockerode";
import { followWork, ofMegabytes, type ProgressStep } from "./progress.ts";
import type { RegistryAuths } from "./registry-auth.ts";

const retryMs = 30_000;

/** The languages that there are runtimes for. */
export const languages = languageField.options;

/** Where the Dockerfiles of the runtimes stand. */
const context = (runtime: Language) =>
  fileURLToPath(new URL(`../../../../runtimes/${runtime}`, import.meta.url));

/** The image of a runtime that we build ourselves. */
export function ownImage(runtime: Language): string {
  return `pulse-${runtime}:${pulseVersion}`;
}

/** Builds the image of a runtime under a name, on the base that its Dockerfile names, or on another. Throws what the engine says went wrong. */
export async function buildImage(
  docker: Docker,
  runtime: Language,
  { name, base }: { name: string; base: string | null },
  hear: { onBytes(current: number, total: number): void; onStep?(step: ProgressStep): void },
): Promise<void> {
  const buildargs = base === null ? {} : { buildargs: { BASE_IMAGE: base } };
  const stream = await docker.buildImage(
    { context: context(runtime), src: ["Dockerfile"] },
    { t: name, ...buildargs },
  );
  await followWork(docker, stream, hear.onBytes, hear.onStep);
}

/** What to do about an image that cannot be had. */
function adviceOf(runtime: Language): string {
  const variable = `PULSE_IMAGE_${runtime.toUpperCase()}`;
  return `without it no ${runtime} function runs here: let the engine reach its registry, or name an image that it has in ${variable}, or run functions without containers, not isolated (PULSE_SANDBOX=process)`;
}

/** The images of the runtimes: those that the operator named, else our own, built in the background with progress. */
export class Images {
  readonly #docker: Docker;
  readonly #named: Record<Language, string | null>;
  readonly #auths: RegistryAuths;
  readonly #log: (line: string) => void;
  readonly #ready = new Set<Language>();
  readonly #doing = new Map<Language, string>();
  #stopped = false;
  #onChange: () => void = () => undefined;

  constructor(
    docker: Docker,
    named: Record<Language, string | null>,
    auths: RegistryAuths,
    log: (line: string) => void,
  ) {
    this.#docker = docker;
    this.#auths = auths;
    this.#named = named;
    this.#log = log;
  }

  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  nameOf(runtime: Language): string {
    return this.#named[runtime] ?? ownImage(runtime);
  }

  ready(): Language[] {
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
    await Promise.all(languages.map((runtime) => this.#prepareOne(runtime)));
  }

  async #prepareOne(runtime: Language): Promise<void> {
    const doing = `preparing image ${this.nameOf(runtime)}`;
    this.#say(runtime, doing);
    let told = "";
    while (!this.#stopped && !this.#ready.has(runtime)) {
      try {
        await this.#one(runtime);
        this.#ready.add(runtime);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const now = `${doing}: ${why}; trying again`;
        // Every half minute the same would bury everything else.
        if (now === told) this.#doing.set(runtime, now);
        else this.#say(runtime, now);
        if (told === "") this.#log(adviceOf(runtime));
        told = now;
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      }
    }
    this.#doing.delete(runtime);
    this.#onChange();
  }

  #say(runtime: Language, line: string): void {
    this.#doing.set(runtime, line);
    this.#log(line);
    this.#onChange();
  }

  async #one(runtime: Language): Promise<void> {
    const name = this.nameOf(runtime);
    const there = await this.#docker
      .getImage(name)
      .inspect()
      .then(() => true)
      .catch(() => false);
    if (there) return;
    const onBytes = (current: number, total: number) =>
      this.#say(runtime, `preparing image ${name}: ${ofMegabytes(current, total)}`);
    if (this.#named[runtime] === null)
      await buildImage(this.#docker, runtime, { name, base: null }, { onBytes });
    else {
      const auth = await this.#auths.of(name);
      const stream = await this.#docker.pull(name, auth === undefined ? {} : { authconfig: auth });
      await followWork(this.#docker, stream, onBytes);
    }
  }
}
