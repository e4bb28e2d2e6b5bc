import { createInterface } from "node:readline/promises";
import { type BulkAction, type BulkAnswer, bulkExecutions } from "@pulse/schema/wire/bulk";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { table } from "../table.ts";
import { timeOf } from "../time-of.ts";
import { UsageError } from "../usage.ts";

/** Which executions are meant, as flags say it. */
interface Chosen {
  filter?: string;
  name?: string;
  status?: string;
  kind?: string;
  runner?: string;
  since?: string;
  until?: string;
}

/** The flags of a command that acts on many executions. */
export interface ManyOptions extends Chosen {
  dryRun?: boolean;
  yes?: boolean;
  key?: string;
}

/** Adds the flags that choose many executions instead of one. */
export function withMany(command: Command): Command {
  return command
    .option("--filter <filter>", "of many: such as 'status:dead fn:resize since:2h'")
    .option("--status <list>", "of many: comma-separated, such as failed,dead")
    .option("--name <function>", "of many: of this function")
    .option("--kind <list>", "of many: comma-separated: function, build, command, workflow")
    .option("--runner <name>", "of many: that ran on this runner")
    .option("--since <time>", "of many: made since, RFC 3339 or how long ago, such as 2h")
    .option("--until <time>", "of many: made before, RFC 3339 or how long ago")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("-y, --yes", "do not ask");
}

/** Whether the flags choose many. Throws `UsageError` where an id is named besides, or neither. */
export function meansMany({ messages }: Session, id: string | undefined, options: ManyOptions): boolean {
  const many = chosen(options).length > 0;
  if (many && id !== undefined) throw new UsageError(messages.oneOrMany);
  if (!many && id === undefined) throw new UsageError(messages.whichOnes);
  return many;
}

/** Cancels or replays what the flags choose, step by step with its progress; asks before, on a terminal. */
export async function actOnMany(session: Session, action: BulkAction, options: ManyOptions): Promise<void> {
  const filter = filterOf(session, options);
  const key = options.key ?? crypto.randomUUID();
  const { messages } = session;
  const planned = await walk(session, { action, filter, dryRun: true }, key, () => undefined);
  if (options.dryRun || planned.done === 0) {
    answer(session, planned, action === "cancel" ? messages.wouldCancel : messages.wouldReplay);
    return;
  }
  if (!options.yes) await agreed(session, action, planned.done);
  const progress = action === "cancel" ? messages.cancelledSoFar : messages.replayedSoFar;
  const acted = await walk(session, { action, filter, dryRun: false }, key, ({ done }) => {
    session.line(fill(progress, { done: counted(done), all: counted(Math.max(done, planned.done)) }));
  });
  answer(session, acted, action === "cancel" ? messages.cancelledMany : messages.replayedMany);
}

type Asked = Pick<BulkAnswer, "action" | "dryRun"> & { filter: Chosen };
type Sum = Omit<BulkAnswer, "nextCursor">;

async function walk(
  { client, signal }: Session,
  asked: Asked,
  key: string,
  onStep: (sum: Sum) => void,
): Promise<Sum> {
  const { action, dryRun } = asked;
  let sum: Sum = { action, dryRun, matched: 0, done: 0, skipped: [], replays: [] };
  let cursor: string | null = null;
  do {
    const step: BulkAnswer = await client.call(bulkExecutions, {
      body: { ...asked, ...(cursor === null ? {} : { cursor }) },
      headers: { "idempotency-key": key },
      signal,
    });
    sum = {
      ...sum,
      matched: sum.matched + step.matched,
      done: sum.done + step.done,
      skipped: merged(sum.skipped, step.skipped),
      replays: [...sum.replays, ...step.replays],
    };
    cursor = step.nextCursor;
    onStep(sum);
  } while (cursor !== null);
  return sum;
}

function merged(known: Sum["skipped"], more: Sum["skipped"]): Sum["skipped"] {
  const byCode = new Map(known.map((one) => [one.code, one]));
  for (const one of more) {
    const before = byCode.get(one.code);
    byCode.set(one.code, before === undefined ? one : { ...before, count: before.count + one.count });
  }
  return [...byCode.values()];
}

function answer(session: Session, sum: Sum, text: string): void {
  session.answer(sum, () => {
    const first = fill(text, { done: counted(sum.done) });
    if (sum.skipped.length === 0) return first;
    const rows = sum.skipped.map(({ code, count, detail }) => [code, counted(count), detail]);
    return `${first}\n${table([["SKIPPED", "COUNT", "FIRST"], ...rows])}`;
  });
}

async function agreed({ messages, json }: Session, action: BulkAction, count: number): Promise<void> {
  if (json || !process.stdin.isTTY || !process.stderr.isTTY) throw new UsageError(messages.sayYes);
  const question = action === "cancel" ? messages.reallyCancel : messages.reallyReplay;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const said = await asking.question(fill(question, { count: counted(count) })).finally(() => asking.close());
  if (!/^(y|yes|s|sí|si)$/i.test(said.trim())) throw new UsageError(messages.leftAsTheyAre);
}

const names = ["filter", "name", "status", "kind", "runner", "since", "until"] as const;

function chosen(options: ManyOptions): (typeof names)[number][] {
  return names.filter((name) => options[name] !== undefined);
}

function filterOf(session: Session, options: ManyOptions): Chosen {
  const filter = Object.fromEntries(chosen(options).map((name) => [name, options[name]])) as Chosen;
  for (const end of ["since", "until"] as const) {
    const text = filter[end];
    if (text !== undefined) filter[end] = timeOf(text, session.messages);
  }
  return filter;
}

function counted(count: number): string {
  return count.toLocaleString("en");
}
