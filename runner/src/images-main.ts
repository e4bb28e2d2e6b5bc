import { parseArgs } from "node:util";
import { languageField } from "@pulse/schema/wire/manifest";
import { dockerClient, engineAnswers } from "./sandbox/docker.ts";
import { provideImages } from "./sandbox/images/provide-images.ts";
import { RegistryAuths } from "./sandbox/images/registry-auth.ts";
import { languages } from "./sandbox/images/runtime-images.ts";

const tell = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);

/**
 * The images of the runtimes on this machine, for `pulse runner images`: tells what it does, line by line, as JSON, and at last `{images}`.
 * `{error: "no_engine"}` where no engine answers. It reads the same `PULSE_*` variables as a runner.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      build: { type: "boolean", default: false },
      pull: { type: "boolean", default: false },
      base: { type: "string" },
      runtime: { type: "string" },
    },
  });
  const docker = dockerClient();
  if (!(await engineAnswers(docker))) return tell({ error: "no_engine" });
  const { env } = process;
  const only = values.runtime === undefined ? null : languageField.parse(values.runtime);
  const images = await provideImages({
    docker,
    named: { typescript: env.PULSE_IMAGE_TYPESCRIPT || null, python: env.PULSE_IMAGE_PYTHON || null },
    auths: new RegistryAuths(env.PULSE_REGISTRY_AUTH_FILE || null),
    how: values.build ? "build" : values.pull ? "pull" : null,
    base: values.base ?? null,
    runtimes: only === null ? languages : [only],
    hear: (runtime, text) => tell({ runtime, text }),
  });
  tell({ images });
}

await main().catch((error: unknown) => {
  tell({ error: "failed", detail: error instanceof Error ? error.message : String(error) });
});
