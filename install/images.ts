import { mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pulseVersion } from "@pulse/schema/version";
import { type Part, run, stage } from "./stage.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

/** How an image is built. */
export interface ImageOptions {
  part: Part;
  tag: string;
  /** What it stands on, any Debian 12 or later; null: what its Dockerfile names. */
  base: string | null;
}

/** Stages a part and makes its image on the engine of `DOCKER_HOST`. The build runs no command and uses no network, but for a base that must be pulled. */
export async function buildImage({ part, tag, base }: ImageOptions): Promise<void> {
  const context = join(here, "dist", part);
  rmSync(context, { recursive: true, force: true });
  await stage(part, join(context, "pulse"));
  // A layer of its own, which both images share.
  mkdirSync(join(context, "machine"));
  for (const name of ["bin/node", "lib"]) {
    renameSync(join(context, "pulse", name), join(context, "machine", basename(name)));
  }
  const from = base === null ? [] : ["--build-arg", `BASE_IMAGE=${base}`];
  const file = join(here, `${part}.Dockerfile`);
  await run("docker", ["build", "--file", file, ...from, "--tag", tag, context], here);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { base: { type: "string" }, tag: { type: "string" } } });
  for (const part of ["gateway", "runner"] as const) {
    await buildImage({ part, tag: `pulse-${part}:${values.tag ?? pulseVersion}`, base: values.base ?? null });
  }
}
