import { dockerClient } from "./docker.ts";

/** Whether an engine answers that runs containers under gVisor; says so where it does not, and throws where it must. */
export async function gvisorAnswers(): Promise<boolean> {
  const info: { Runtimes?: object } | null = await dockerClient()
    .info()
    .catch(() => null);
  const answers = "runsc" in (info?.Runtimes ?? {});
  if (!answers && process.env.PULSE_E2E_GVISOR === "required")
    throw new Error("PULSE_E2E_GVISOR=required, but no Docker engine with the runtime runsc answers");
  if (!answers) process.stderr.write("no Docker engine with gVisor answers: its tests are skipped\n");
  return answers;
}
