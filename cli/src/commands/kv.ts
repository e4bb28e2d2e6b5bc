import { readFileSync } from "node:fs";
import { text as textOf } from "node:stream/consumers";
import { parseDuration } from "@pulse/schema/duration-text";
import * as wire from "@pulse/schema/wire/kv";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";

/** Adds `kv list|get|set|delete`. */
export function addKv(program: Command): void {
  const group = program
    .command("kv")
    .description("what functions keep under keys: in a space called as the function, or shared:<name>");
  group
    .command("list [space]")
    .description("spaces that hold something, or the keys of one")
    .option("--prefix <prefix>", "only keys that begin so")
    .action(
      run(async (session, command) => {
        const [space] = command.args;
        if (space === undefined) return listSpaces(session);
        return listKeys(session, space, command.opts<{ prefix?: string }>().prefix ?? "");
      }),
    );
  group
    .command("get <space> <key>")
    .description("the value under a key, as JSON")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const [space = "", key = ""] = args;
        const found = await client.call(wire.getKv, { params: { space }, query: { key }, signal });
        answer(found, () => JSON.stringify(found.value));
      }),
    );
  group
    .command("set <space> <key> [value]")
    .description("write a JSON value under a key: given here, in --file, or on standard input")
    .option("--file <path>", "the value is the content of a file")
    .option("--ttl <duration>", "it is gone after so much time, such as 10m")
    .option("--if-version <version>", "only over this version; 0: only where nothing is")
    .action(
      run(async (session, command) => {
        const [space = "", key = "", given] = command.args;
        const { file, ttl, ifVersion } = command.opts<{ file?: string; ttl?: string; ifVersion?: string }>();
        const body = {
          value: await readValue(session, given, file),
          ...(ttl === undefined ? {} : { ttl: secondsOf(session, ttl) }),
          ...(ifVersion === undefined ? {} : { ifVersion: Number(ifVersion) }),
        };
        const { client, signal } = session;
        const written = await client.call(wire.putKv, { params: { space }, query: { key }, body, signal });
        session.answer(written, () => String(written.version));
      }),
    );
  group
    .command("delete <space> <key>")
    .description("delete a key")
    .option("--if-version <version>", "only this version")
    .action(
      run(async ({ client, note, signal }, command) => {
        const [space = "", key = ""] = command.args;
        const { ifVersion } = command.opts<{ ifVersion?: string }>();
        const query = { key, ...(ifVersion === undefined ? {} : { ifVersion: Number(ifVersion) }) };
        await client.call(wire.deleteKv, { params: { space }, query, signal });
        note("deleted", { name: key });
      }),
    );
}

async function listSpaces({ client, answer, messages, signal }: Session): Promise<void> {
  const found = await client.call(wire.listKvSpaces, { signal });
  const rows = found.items.map(({ space, entries, bytes }) => [space, String(entries), String(bytes)]);
  answer(found, () => (rows.length === 0 ? messages.none : table([["SPACE", "KEYS", "BYTES"], ...rows])));
}

async function listKeys(session: Session, space: string, prefix: string): Promise<void> {
  const { client, answer, messages, signal } = session;
  const items: wire.KvKeyView[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { prefix, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.call(wire.listKv, { params: { space }, query, signal });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  const rows = items.map(({ key, version, bytes, expiresAt }) => [
    ...[key, String(version), String(bytes), expiresAt ?? ""],
  ]);
  answer({ items, nextCursor: null }, () =>
    rows.length === 0 ? messages.none : table([["KEY", "VERSION", "BYTES", "EXPIRES"], ...rows]),
  );
}

async function readValue({ messages }: Session, given: string | undefined, file: string | undefined) {
  if (given !== undefined && file !== undefined) throw new UsageError(messages.oneValue);
  const text = given ?? (file === undefined ? await textOf(process.stdin) : contentOf(file, messages.noFile));
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(fill(messages.kvNoJson, { value: text.trim().slice(0, 60) }));
  }
}

function contentOf(file: string, missing: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new UsageError(fill(missing, { file }));
  }
}

function secondsOf({ messages }: Session, text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < 1000) throw new UsageError(fill(messages.kvNoTtl, { ttl: text }));
  return Math.ceil(ms / 1000);
}
