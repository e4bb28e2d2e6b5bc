import { runWorkflow } from "@pulse/schema/wire/workflow-runs";
import type { Command } from "commander";
import { exitCodeOfStatus, exitCodes } from "../exit-codes.ts";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { UsageError } from "../usage.ts";
import { awaitRun, Detached, detachedEnd, followRun, type RunExecution } from "./workflow-follow.ts";
import { collectInput, type InputOptions, inputsFrom, splitRevision } from "./workflow-inputs.ts";

interface RunOptions extends InputOptions {
  follow: boolean;
  wait?: WaitFlag;
  attach?: string;
  delay?: string;
  at?: string;
}

/** `--wait`, or `--wait 30`. */
export type WaitFlag = true | string;

/** Adds `run`: starts a workflow and follows it. */
export function addRun(program: Command): void {
  program
    .command("run [workflow]")
    .description(
      "start a workflow (name, or name@3 or name@stable for a revision), follow it and ask its prompts here",
    )
    .option("-i, --input <key=value>", "an input (can be repeated)", collectInput, [])
    .option("--inputs-file <file>", "inputs as JSON or YAML; - is standard input")
    .option("--no-follow", "start it and print its id")
    .option(
      "--wait [seconds]",
      "wait for its end, at most so many seconds, without showing or asking anything",
    )
    .option("--delay <duration>", "start so much later; answers once it is accepted")
    .option("--at <time>", "start at this time, RFC 3339; answers once it is accepted")
    .option("--attach <execution>", "follow one that runs already")
    .action(
      run(async (session, command) => {
        const options = command.opts<RunOptions>();
        checkWait(session, options.wait);
        const id = options.attach ?? (await start(session, command.args[0], options));
        if (id === null) return;
        await followToEnd(session, id, options.wait);
      }),
    );
}

/** Throws `UsageError` for a `--wait` that is no number of seconds. */
export function checkWait({ messages }: Session, wait: WaitFlag | undefined): void {
  if (typeof wait === "string" && !/^\d{1,6}$/.test(wait)) {
    throw new UsageError(fill(messages.badWait, { given: JSON.stringify(wait) }));
  }
}

/** Follows a workflow's execution, or only waits for it, says how it ended and exits so. */
export async function followToEnd(session: Session, id: string, wait: WaitFlag | undefined): Promise<void> {
  const most = typeof wait === "string" ? AbortSignal.timeout(Number(wait) * 1000) : null;
  const signal = most === null ? session.signal : AbortSignal.any([session.signal, most]);
  try {
    const isSilent = wait !== undefined || session.json;
    finish(session, isSilent ? await awaitRun({ ...session, signal }, id) : await followRun(session, id));
  } catch (error) {
    if (most?.aborted && !session.signal.aborted) {
      session.line(fill(session.messages.wfDetached, { id }));
      process.exitCode = exitCodes.timedOut;
      return;
    }
    if (!(error instanceof Detached)) throw error;
    session.line(fill(session.messages.wfDetached, { id }));
    process.exitCode = detachedEnd();
  }
}

/** Starts a workflow; null when nobody wants to wait for it. */
async function start(
  session: Session,
  what: string | undefined,
  options: RunOptions,
): Promise<string | null> {
  const { client, signal, messages, answer } = session;
  if (what === undefined) throw new UsageError(fill(messages.missingArgument, { name: "workflow" }));
  const { workflow: name, revision } = splitRevision(what);
  const inputs = await inputsFrom(session, splitRevision(what), options);
  const started = await client.call(runWorkflow, {
    params: { name },
    body: { inputs, ...(revision === undefined ? {} : { revision }) },
    headers: {
      ...(options.delay === undefined ? {} : { "pulse-delay": options.delay }),
      ...(options.at === undefined ? {} : { "pulse-run-at": options.at }),
    },
    signal,
  });
  const { id, runAt } = started;
  if (runAt !== undefined) session.line(fill(messages.wfPlanned, { name: what, id, at: runAt }));
  // Nobody sits before a terminal for what begins another time, unless they say so.
  if (!options.follow || (runAt !== undefined && options.wait === undefined)) {
    answer(started, () => id);
    return null;
  }
  if (options.wait === undefined) session.line(fill(messages.wfStarted, { name: what, id }));
  return id;
}

/** Says how it ended, gives its outputs as the answer, and exits as it ended. */
function finish(session: Session, view: RunExecution): void {
  const { messages, colours, line, answer } = session;
  const { status, name, id, startedAt, endedAt, run: state } = view;
  const word = messages[`wfStep_${status}` as keyof Messages] ?? status;
  const isGood = status === "succeeded";
  // What never began took no time.
  const beganAt = startedAt ?? endedAt ?? "";
  const seconds = ((Date.parse(endedAt ?? "") - Date.parse(beganAt)) / 1000).toFixed(1);
  const text = fill(messages.wfEnded, { name, status: word, seconds, id });
  line(isGood ? `${colours.green("✓")} ${text}` : `${colours.red("✗")} ${text}`);
  if (!isGood && view.error !== null) line(`  ${view.error.message}`);
  const outputs = state?.outputs ?? {};
  answer(view, () => (Object.keys(outputs).length === 0 ? "" : JSON.stringify(outputs, null, 2)));
  process.exitCode = exitCodeOfStatus(status);
}
