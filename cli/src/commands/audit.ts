import { createReadStream } from "node:fs";
import { type ChainPlace, type ChainReport, checkChain } from "@pulse/schema/audit-chain";
import { formatDuration } from "@pulse/schema/duration-text";
import * as wire from "@pulse/schema/wire/audit";
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { linesOf } from "../lines.ts";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { timeOf } from "../time-of.ts";
import { UsageError } from "../usage.ts";

interface VerifyOptions {
  head: string[];
  after?: string;
}

/** Adds `audit list|export|verify|head|kept`. */
export function addAudit(program: Command): void {
  const group = program
    .command("audit")
    .description("who did what, in a chain that shows every change to it");
  group
    .command("list")
    .description("what was done and what was refused, newest first")
    .option("--actor <id>", "of this key, person or runner")
    .option("--action <action>", "such as key.create, or key.* for all of a kind")
    .option("--target <name>", "what it was done to")
    .option("--outcome <outcome>", "done, denied, refused, failed or unknown")
    .option("--since <time>", "from then on, RFC 3339 or how long ago, such as 2h")
    .option("--until <time>", "before then")
    .option("--limit <n>", "at most 200", "50")
    .option("--cursor <cursor>", "where the page before ended: its nextCursor")
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        const query = command.opts<Record<string, string | undefined>>();
        for (const end of ["since", "until"] as const) {
          const text = query[end];
          if (text !== undefined) query[end] = timeOf(text, messages);
        }
        const list = await client.call(wire.listAudit, { query, signal });
        const rows = list.items.map((one) => [
          String(one.seq),
          one.at,
          `${one.actor.kind} ${one.actor.name}`,
          one.action,
          one.target ?? "",
          one.code === null ? one.outcome : `${one.outcome}: ${one.code}`,
          one.address ?? "",
        ]);
        const heads = ["SEQ", "AT", "WHO", "ACTION", "TARGET", "OUTCOME", "FROM"];
        answer(list, () => (rows.length === 0 ? messages.none : table([heads, ...rows])));
      }),
    );
  group
    .command("export")
    .description("every entry as it was hashed, one JSON a line, the head of the chain in the last")
    .option("--after <seq>", "only what follows this entry")
    .action(
      run(async (session, command) => {
        const { after } = command.opts<{ after?: string }>();
        for await (const chunk of await exported(session, after)) process.stdout.write(chunk);
      }),
    );
  group
    .command("verify [files...]")
    .description("check every hash: of exports, in their order, or of what the gateway has now")
    .option("--head <seq:hash>", "a head that was written down before (can be repeated)", collect, [])
    .option("--after <seq:hash>", "what the first file follows, where it does not begin at the beginning")
    .action(
      run(async (session, command) => {
        const { head, after } = command.opts<VerifyOptions>();
        const known = {
          heads: head.map((text) => placeOf(text, session.messages)),
          after: after === undefined ? null : placeOf(after, session.messages),
        };
        const report = await checkChain(linesIn(session, command.args, known.after), known);
        session.answer(report, () => textOf(report, session.messages));
        if (!report.ok) process.exitCode = exitCodes.differences;
      }),
    );
  group
    .command("head")
    .description("the last entry by number and hash, to write down elsewhere")
    .action(
      run(async ({ client, answer, signal }) => {
        const head = await client.call(wire.getAuditHead, { signal });
        answer(head, () => `${head.seq}:${head.hash}`);
      }),
    );
  group
    .command("kept")
    .description("how long entries are kept")
    .option("--set <duration>", "keep them so long, at least 30d")
    .action(
      run(async ({ client, answer, signal }, command) => {
        const { set } = command.opts<{ set?: string }>();
        const settings =
          set === undefined
            ? await client.call(wire.getAuditSettings, { signal })
            : await client.call(wire.changeAuditSettings, { body: { kept: set }, signal });
        answer(settings, () => formatDuration(settings.keptMs));
      }),
    );
}

function collect(text: string, before: string[]): string[] {
  return [...before, text];
}

function placeOf(text: string, messages: Messages): ChainPlace {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new UsageError(fill(messages.badAuditHead, { given: text }));
  return { seq: Number(seq), hash };
}

async function exported({ client, signal }: Session, after?: string): Promise<AsyncIterable<Uint8Array>> {
  const query = after === undefined ? {} : { after };
  const response = await client.open(wire.exportAudit, { query, signal });
  return response.body ?? new ReadableStream<Uint8Array>();
}

async function* linesIn(
  session: Session,
  files: readonly string[],
  after: ChainPlace | null,
): AsyncGenerator<string> {
  if (files.length === 0) {
    yield* linesOf(await exported(session, after === null ? undefined : String(after.seq)));
    return;
  }
  for (const path of files) {
    try {
      yield* linesOf(createReadStream(path));
    } catch {
      throw new UsageError(fill(session.messages.cannotRead, { path }));
    }
  }
}

function textOf(report: ChainReport, messages: Messages): string {
  const { ok, entries, first, head, forgotten, faults, unchecked } = report;
  const lines = ok
    ? [fill(messages.auditWhole, { entries, first: first ?? 0, head: `${head?.seq}:${head?.hash}` })]
    : [
        messages.auditBroken,
        table([["SEQ", "WHAT"], ...faults.map(({ seq, detail }) => [String(seq), detail])]),
      ];
  if (forgotten !== null) lines.push(fill(messages.auditForgotten, forgotten));
  if (unchecked.length > 0) lines.push(fill(messages.auditUnchecked, { seq: unchecked.join(", ") }));
  return lines.join("\n");
}
