import type { Reason } from "@pulse/schema/status";
import type Docker from "dockerode";
import type { ImageFacts } from "../custom/custom-options.ts";
import { placeOf, readImageName, wholeName } from "./image-name.ts";
import type { ImagePolicy } from "./image-policy.ts";
import { followWork, ofMegabytes } from "./progress.ts";
import type { RegistryAuths } from "./registry-auth.ts";

/** Why a custom image cannot be had: by the operator's policy, or as it could not be pulled. */
export class ImageError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A custom image that is on this machine. */
export interface PinnedImage {
  /** `repository@sha256:…`, or the id of an image that no registry knows. */
  pinned: string;
  facts: ImageFacts;
  bytes: number;
}

interface Options {
  docker: Docker;
  runner: string;
  auths: RegistryAuths;
  allows: ImagePolicy;
  log: (line: string) => void;
}

interface Pull {
  done: Promise<void>;
  doing: string;
}

type Inspected = Awaited<ReturnType<Docker.Image["inspect"]>>;

/** Custom images on this machine: pulled when they are first needed, once for all who need them, with the credentials of their registry. */
export class CustomImages {
  readonly #options: Options;
  readonly #pulls = new Map<string, Pull>();
  readonly #shells = new Map<string, boolean>();
  #onChange: () => void = () => undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  /** What is being pulled, with how much of it is there; null: nothing. */
  preparing(): string | null {
    const [first] = this.#pulls.values();
    return first?.doing ?? null;
  }

  /** The image that a name stands for now, asked of its registry; an image that was built on this machine and never pushed is what it is. Throws `ImageError`. */
  async resolve(written: string, say: (line: string) => void): Promise<PinnedImage> {
    this.#check(written);
    const name = readImageName(written);
    const here = await this.#inspect(written);
    const isLocal = here !== null && digestsOf(here, written).length === 0 && name.digest === null;
    if (isLocal) {
      say(`image ${written} was built on this machine: pinned as ${here.Id}`);
      return this.#factsOf(here.Id, here);
    }
    if (name.digest === null || here === null) await this.#pull(written, say, "build_failed");
    const found = await this.#inspect(wholeName(name));
    const pinned = name.digest === null ? found && digestsOf(found, written)[0] : wholeName(name);
    if (!found || pinned === undefined || pinned === null)
      throw new ImageError("build_failed", `the image ${written} was pulled, but is not there`);
    say(`image ${written} is ${pinned}`);
    return this.#factsOf(pinned, found);
  }

  /** A pinned image, pulled when it is not here yet. Throws `ImageError`. */
  async ensure(pinned: string, written: string, say: (line: string) => void): Promise<PinnedImage> {
    this.#check(written);
    const isId = pinned.startsWith("sha256:");
    if (!isId && placeOf(readImageName(pinned)) !== placeOf(readImageName(written))) this.#check(pinned);
    const here = await this.#inspect(pinned);
    if (here !== null) return this.#factsOf(pinned, here);
    if (isId) {
      const message = `the image ${written} (${pinned}) was built on another machine and never pushed to a registry: this runner does not have it`;
      throw new ImageError("refused_by_runner", message);
    }
    await this.#pull(pinned, say, "infrastructure");
    const found = await this.#inspect(pinned);
    if (found === null)
      throw new ImageError("infrastructure", `the image ${pinned} was pulled, but is not there`);
    return this.#factsOf(pinned, found);
  }

  #check(image: string): void {
    if (this.#options.allows(image)) return;
    throw new ImageError("refused_by_runner", `this runner's PULSE_IMAGES does not allow the image ${image}`);
  }

  async #pull(image: string, say: (line: string) => void, reason: Reason): Promise<void> {
    const whole = wholeName(readImageName(image));
    let pull = this.#pulls.get(whole);
    if (pull === undefined) {
      const made: Pull = { doing: `pulling image ${image}`, done: Promise.resolve() };
      pull = made;
      this.#pulls.set(whole, made);
      made.done = this.#fetch(image, whole, made).finally(() => {
        this.#pulls.delete(whole);
        this.#onChange();
      });
      this.#options.log(made.doing);
      this.#onChange();
    }
    say(`${pull.doing} …`);
    const begun = performance.now();
    try {
      await pull.done;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ImageError(reason, `the image ${image} could not be pulled: ${why}`);
    }
    say(`pulled in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }

  async #fetch(image: string, whole: string, pull: Pull): Promise<void> {
    const { docker, auths } = this.#options;
    const auth = await auths.of(image);
    const stream = await docker.pull(whole, auth === undefined ? {} : { authconfig: auth });
    await followWork(docker, stream, (current, total) => {
      pull.doing = `pulling image ${image}: ${ofMegabytes(current, total)}`;
      this.#options.log(pull.doing);
      this.#onChange();
    });
  }

  async #inspect(image: string): Promise<Inspected | null> {
    try {
      return await this.#options.docker.getImage(image).inspect();
    } catch (error) {
      if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return null;
      throw error;
    }
  }

  async #factsOf(pinned: string, { Id, Config, Size }: Inspected): Promise<PinnedImage> {
    const entrypoint = Config.Entrypoint ?? [];
    const command = [...(Array.isArray(entrypoint) ? entrypoint : [entrypoint]), ...(Config.Cmd ?? [])];
    const facts = { command, volumes: Object.keys(Config.Volumes ?? {}), hasShell: await this.#hasShell(Id) };
    return { pinned, facts, bytes: Size };
  }

  /** Looked up in a container that never runs. */
  async #hasShell(id: string): Promise<boolean> {
    const known = this.#shells.get(id);
    if (known !== undefined) return known;
    const { docker, runner } = this.#options;
    const container = await docker.createContainer({
      ...{ Image: id, Cmd: ["/bin/sh"], Labels: { "pulse.runner": runner } },
      HostConfig: { NetworkMode: "none", ReadonlyRootfs: true },
    });
    try {
      const has = await container.infoArchive({ path: "/bin/sh" }).then(
        () => true,
        () => false,
      );
      this.#shells.set(id, has);
      return has;
    } finally {
      await container.remove({ force: true, v: true }).catch(() => undefined);
    }
  }
}

/** The digests under which an image is known where a name says. */
function digestsOf({ RepoDigests }: Inspected, written: string): string[] {
  const place = placeOf(readImageName(written));
  return (RepoDigests ?? []).filter((one) => placeOf(readImageName(one)) === place);
}
