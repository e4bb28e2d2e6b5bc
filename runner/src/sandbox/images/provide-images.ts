import type { Language } from "@pulse/schema/wire/manifest";
import type Docker from "dockerode";
import { followWork, ofMegabytes, type ProgressStep } from "./progress.ts";
import type { RegistryAuths } from "./registry-auth.ts";
import { buildImage, ownImage } from "./runtime-images.ts";

/** How the image of a runtime stands on this machine. */
export interface ImageState {
  runtime: Language;
  image: string;
  /** The registry's digest, else the image's own id; null: it is not there. */
  digest: string | null;
  bytes: number | null;
  createdAt: string | null;
  isReady: boolean;
  /** Why it could not be made ready; null when nothing was tried or all went well. */
  error: string | null;
}

/** What is to be done before the images are shown. */
export interface Provision {
  docker: Docker;
  /** The images that the operator named; null: our own. */
  named: Record<Language, string | null>;
  auths: RegistryAuths;
  /** `build` from the Dockerfiles of `runtimes/`, `pull` from a registry; null: nothing. */
  how: "build" | "pull" | null;
  /** The image to build on, in place of what the Dockerfile names. */
  base: string | null;
  runtimes: readonly Language[];
  hear(runtime: Language, text: string): void;
}

/** Builds or pulls images of runtimes as asked, each for itself, and tells how they stand. */
export async function provideImages(provision: Provision): Promise<ImageState[]> {
  const states: ImageState[] = [];
  for (const runtime of provision.runtimes) {
    const image = provision.named[runtime] ?? ownImage(runtime);
    let error: string | null = null;
    if (provision.how !== null) {
      error = await provide(provision, provision.how, runtime, image).then(
        () => null,
        (failure: unknown) => (failure instanceof Error ? failure.message : String(failure)),
      );
    }
    states.push({ ...(await stateOf(provision.docker, runtime, image)), error });
  }
  return states;
}

async function provide(
  { docker, auths, base, hear }: Provision,
  how: "build" | "pull",
  runtime: Language,
  image: string,
): Promise<void> {
  const onBytes = (current: number, total: number) => hear(runtime, ofMegabytes(current, total));
  const onStep = ({ id, status, stream, progressDetail }: ProgressStep) => {
    const text = (stream ?? (progressDetail?.total === undefined ? status : undefined))?.trim() ?? "";
    if (text !== "") hear(runtime, id === undefined ? text : `${id}: ${text}`);
  };
  if (how === "build") return buildImage(docker, runtime, { name: image, base }, { onBytes, onStep });
  const auth = await auths.of(image);
  const stream = await docker.pull(image, auth === undefined ? {} : { authconfig: auth });
  await followWork(docker, stream, onBytes, onStep);
}

async function stateOf(docker: Docker, runtime: Language, image: string): Promise<Omit<ImageState, "error">> {
  const found = await docker
    .getImage(image)
    .inspect()
    .catch((error: unknown) => {
      if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return null;
      throw error;
    });
  if (found === null) {
    return { runtime, image, digest: null, bytes: null, createdAt: null, isReady: false };
  }
  const digest = found.RepoDigests?.[0]?.split("@")[1] ?? found.Id;
  return { runtime, image, digest, bytes: found.Size, createdAt: found.Created, isReady: true };
}
