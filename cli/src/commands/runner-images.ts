import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import * as z from "zod";
import { exitCodes } from "../exit-codes.ts";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";

const entry = fileURLToPath(new URL("../../../runner/src/images-main.ts", import.meta.url));

const image = z.object({
  runtime: z.string(),
  image: z.string(),
  digest: z.string().nullable(),
  bytes: z.number().nullable(),
  createdAt: z.string().nullable(),
  isReady: z.boolean(),
  error: z.string().nullable(),
});
type ImageState = z.output<typeof image>;

/** What the runner's program tells, a line each: what it does, the images as they stand, or why it cannot look. */
const told = z.union([
  z.object({ images: z.array(image) }),
  z.object({ runtime: z.string(), text: z.string() }),
  z.object({ error: z.enum(["no_engine", "failed"]), detail: z.string().optional() }),
]);

interface Flags {
  build?: boolean;
  pull?: boolean;
  base?: string;
  runtime?: string;
}

/** Adds `runner images`: the images of the runtimes on this machine, built or pulled where that is asked for. */
export function addRunnerImages(group: Command): void {
  group
    .command("images")
    .description("the images that runtimes are started from on this machine")
    .option("--build", "build them from the Dockerfiles of runtimes/")
    .option("--pull", "pull them from the registries that PULSE_IMAGE_TYPESCRIPT and PULSE_IMAGE_PYTHON name")
    .option("--base <image>", "build on this image, which need not come from a registry")
    .option("--runtime <name>", "only this one: typescript or python")
    .action(
      run(async (session, command) => {
        const args = argumentsOf(command.opts<Flags>(), session.messages);
        const found = await ask(session, args);
        if ("error" in found) {
          const { messages, colours } = session;
          const isAway = found.error === "no_engine";
          process.exitCode = isAway ? exitCodes.unreachable : exitCodes.failed;
          const why = isAway ? messages.noEngine : (found.detail ?? "");
          if (session.json) session.answer({ error: found.error, detail: why }, () => "");
          else process.stderr.write(`${colours.red("✗")} ${why}\n`);
          return;
        }
        show(session, found.images);
      }),
    );
}

function argumentsOf({ build, pull, base, runtime }: Flags, messages: Messages): string[] {
  if (build === true && pull === true) throw new UsageError(messages.buildOrPull);
  if (base !== undefined && build !== true) throw new UsageError(messages.baseNeedsBuild);
  if (runtime !== undefined && runtime !== "typescript" && runtime !== "python")
    throw new UsageError(fill(messages.badRuntime, { given: runtime }));
  return [
    ...(build === true ? ["--build"] : []),
    ...(pull === true ? ["--pull"] : []),
    ...(base === undefined ? [] : ["--base", base]),
    ...(runtime === undefined ? [] : ["--runtime", runtime]),
  ];
}

/** Runs the runner's program to its end; what it does goes to stderr as it comes. */
async function ask(
  session: Session,
  args: string[],
): Promise<{ images: ImageState[] } | { error: "no_engine" | "failed"; detail?: string | undefined }> {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    signal: session.signal,
  });
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  const read = async () => {
    let last: Awaited<ReturnType<typeof ask>> = { error: "failed" };
    for await (const line of createInterface({ input: child.stdout })) {
      const one = told.parse(JSON.parse(line));
      if ("text" in one) session.line(session.colours.dim(`${one.runtime}: ${one.text}`));
      else last = one;
    }
    return last;
  };
  try {
    return await Promise.race([read(), failed]);
  } catch (error) {
    throw session.signal.aborted ? session.signal.reason : error;
  }
}

function show({ answer, messages, colours, json }: Session, images: ImageState[]): void {
  const failed = images.filter(({ error }) => error !== null);
  const isReady = images.every((one) => one.isReady);
  if (failed.length > 0) process.exitCode = exitCodes.failed;
  else if (!isReady) process.exitCode = exitCodes.differences;
  const rows = images.map((one) => [
    one.runtime,
    one.image,
    one.digest === null ? "-" : one.digest.slice(0, 19),
    one.bytes === null ? "-" : `${Math.round(one.bytes / 1e6)} MB`,
    one.createdAt === null ? "-" : ageOf(Date.parse(one.createdAt), Date.now()),
    one.isReady ? messages.imageReady : messages.imageMissing,
  ]);
  answer({ ready: isReady, images }, () =>
    table([["RUNTIME", "IMAGE", "DIGEST", "SIZE", "AGE", "STATE"], ...rows]),
  );
  if (json) return;
  for (const { runtime, error } of failed) process.stderr.write(`${colours.red("✗")} ${runtime}: ${error}\n`);
  if (!isReady && failed.length === 0) process.stderr.write(`  → ${messages.fixImages}\n`);
}

/** How long ago, in the largest unit that it has two of. */
export function ageOf(since: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  const units: [number, string][] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
  ];
  for (const [size, unit] of units) if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${seconds} s`;
}
