import { getExecution, replayExecution } from "@pulse/schema/wire/executions";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { checkWait, followToEnd, type WaitFlag } from "./run.ts";
import { collectInput, type InputOptions, inputsFrom } from "./workflow-inputs.ts";

/** Which part of an execution is run again. */
export interface PartOptions {
  fromStep?: string;
  onlyFailed?: boolean;
}

interface RerunOptions extends PartOptions, InputOptions {
  onVersion?: string;
  key?: string;
  follow: boolean;
  wait?: WaitFlag;
}

/** Adds the flags that choose a part of a workflow's execution. */
export function withPart(command: Command): Command {
  return command
    .option("--from-step <step>", "begin with this step (id or name); those before it keep their results")
    .option("--only-failed", "only the targets and items that failed, and what comes after them");
}

/** The part as the API wants it. */
export function partOf({ fromStep, onlyFailed }: PartOptions): PartOptions {
  return { ...(fromStep === undefined ? {} : { fromStep }), ...(onlyFailed ? { onlyFailed } : {}) };
}

/** A revision or version as the API wants it: a number where it is one. */
export function versionOf(text: string | undefined): { version?: number | string } {
  if (text === undefined) return {};
  return { version: /^\d+$/.test(text) ? Number(text) : text };
}

/** Adds `execution rerun`. */
export function addExecutionRerun(group: Command): void {
  withPart(
    group
      .command("rerun <id>")
      .description("run a workflow's execution again: all of it, from a step on, or only what failed"),
  )
    .option("--on-version <revision>", "on this revision, or latest; without it on the one that it had")
    .option(
      "-i, --input <key=value>",
      "another value of an input (can be repeated); the others stay",
      collectInput,
      [],
    )
    .option("--inputs-file <file>", "all inputs as JSON or YAML; - is standard input")
    .option("--key <text>", "repeated with it, it is run again only once")
    .option("--no-follow", "start it and print its id")
    .option(
      "--wait [seconds]",
      "wait for its end, at most so many seconds, without showing or asking anything",
    )
    .action(
      run(async (session, command) => {
        const [id = ""] = command.args;
        await rerun(session, id, command.opts<RerunOptions>());
      }),
    );
}

async function rerun(session: Session, id: string, options: RerunOptions): Promise<void> {
  const { client, signal, messages, answer } = session;
  const { onVersion, key, follow, wait } = options;
  checkWait(session, wait);
  const made = await client.call(replayExecution, {
    params: { id },
    body: { ...versionOf(onVersion), ...partOf(options), ...(await inputOf(session, id, options)) },
    headers: { "idempotency-key": key ?? crypto.randomUUID() },
    signal,
  });
  if (!follow) {
    answer(made, () => made.id);
    return;
  }
  if (wait === undefined) session.line(fill(messages.rerunStarted, { of: id, id: made.id }));
  await followToEnd(session, made.id, wait);
}

/** The inputs, when some are to be others: those that it had with what was given, or those of the file. */
async function inputOf(
  session: Session,
  id: string,
  options: RerunOptions,
): Promise<{ input?: Record<string, never> }> {
  if (options.input.length === 0 && options.inputsFile === undefined) return {};
  const { client, signal } = session;
  const { run: before } = await client.call(getExecution, { params: { id }, signal });
  if (before === undefined) return { input: await inputsFrom(session, { definition: {} }, options) };
  const { workflow, revision } = before;
  const wanted = options.onVersion ?? String(revision);
  const of = { workflow, ...(wanted === "latest" ? {} : { revision: wanted }) };
  const given = await inputsFrom(session, of, options);
  const stays = options.inputsFile === undefined ? before.inputs : {};
  // What an input may be is JSON.
  return { input: { ...stays, ...given } as Record<string, never> };
}
