import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Runtime } from "@pulse/schema/wire/manifest";
import { expect, vi } from "vitest";
import type { AttemptEnd, FunctionJob, Workshop } from "../work.ts";
import type { EgressPolicy } from "./egress/project-networks.ts";
import { deploy, type Files, RecordingLink } from "./recording-link.suite.ts";
import { createWorkshop } from "./workshop.ts";

/** A workshop over containers, with the images of the test, once it can run both runtimes and custom images. `runner` is what its containers are labelled with. */
export async function containerWorkshop(
  folder: string,
  egress: EgressPolicy = { filtered: true, opened: [] },
  containerRuntime: string | null = null,
  seccomp: "strict" | "engine" = "strict",
): Promise<{ workshop: Workshop; runner: string }> {
  const runner = `rnr_${randomBytes(6).toString("hex")}`;
  const workshop = await createWorkshop({
    kind: "docker",
    stateDir: join(folder, runner),
    images: {
      typescript: process.env.PULSE_IMAGE_TYPESCRIPT ?? null,
      python: process.env.PULSE_IMAGE_PYTHON ?? null,
    },
    slots: 4,
    runner,
    confinement: { runtime: containerRuntime, seccomp },
    log: () => undefined,
    egress,
  });
  await vi.waitFor(() => expect(workshop.runtimes).toHaveLength(3), 60_000);
  return { workshop, runner };
}

/** A call under way. */
export interface Calling {
  link: RecordingLink;
  ended: Promise<AttemptEnd>;
  /** The JSON that it answered. */
  answer: Promise<unknown>;
  stop: AbortController;
}

/** A deployed version that is called with JSON. */
export type Version = (input: unknown, job?: { timeoutMs?: number; project?: string }) => Calling;

/** Deploys code of a test to a workshop. */
export async function versionIn(
  workshop: Workshop,
  folder: string,
  runtime: Runtime,
  files: Files,
  settings: FunctionJob["spec"]["settings"] = {},
): Promise<Version> {
  const version = await deploy(folder, runtime, files, settings);
  const headers: [string, string][] = [["content-type", "application/json"]];
  const request = { method: "POST", url: "http://pulse.test/f/x/", path: "/", headers };
  return (input, given = {}) => {
    const job = version.call({ ...given, spec: { request, body: { at: "piped" } } });
    const link = new RecordingLink(version.archive, Buffer.from(JSON.stringify(input)));
    const stop = new AbortController();
    const ended = workshop.run(job, link, stop.signal);
    const answer = ended.then(async (end) => {
      await link.bodyRead;
      if (end.status !== "succeeded") throw new Error(JSON.stringify(end.error));
      return JSON.parse(link.body.toString());
    });
    answer.catch(() => undefined);
    return { link, ended, answer, stop };
  };
}
