import { createHash } from "node:crypto";
import type { Protocol } from "@pulse/schema/wire/image";
import type { FunctionJob } from "../../work.ts";
import type { PinnedImage } from "../images/custom-images.ts";
import type { Loading } from "../run-call.ts";
import type { CellSpec } from "../sandbox.ts";
import type { ImageFacts } from "./custom-options.ts";

/** What the companion of a custom image's container is made of. */
export const companionRuntime = "python";

/** What a container of a custom image is made for: one version, with the values of its secrets. */
export interface CustomSpec {
  /** Equal for equal programs, of which no container may serve another. */
  key: string;
  /** The pinned image. */
  image: string;
  facts: ImageFacts;
  protocol: Protocol;
  command: readonly string[] | null;
  contentType: string | undefined;
  /** Each call has a container of its own, so that the next one is made ahead. */
  isUsedOnce: boolean;
  /** The version's environment. */
  env: Readonly<Record<string, string>>;
  /** By the names of their variables. They never stand in the container's configuration, which whoever may use the engine can read. */
  secrets: Readonly<Record<string, string>>;
  /** The version's files on this machine. */
  code: string;
}

/** What the containers of a version are made for. */
export function customSpecOf({ job, code, secrets }: Loading, image: PinnedImage): CustomSpec {
  const { settings } = job.spec;
  const names = Object.keys(secrets).sort();
  const text = JSON.stringify([job.version, image.pinned, names.map((name) => [name, secrets[name]])]);
  return {
    key: createHash("sha256").update(text).digest("hex"),
    image: image.pinned,
    facts: image.facts,
    protocol: settings.protocol ?? "http",
    command: settings.command ?? null,
    contentType: settings.contentType,
    isUsedOnce: isUsedOnce(settings),
    env: settings.env ?? {},
    secrets,
    code: code.folder,
  };
}

/** A cell's spec that names a custom image. */
export type CustomCellSpec = CellSpec & { custom: CustomSpec };

/** Whether each call has a container of its own. */
export function isUsedOnce(settings: FunctionJob["spec"]["settings"]): boolean {
  return settings.reuse === "never" || (settings.image !== undefined && settings.protocol === "exec");
}
