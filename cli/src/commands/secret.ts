import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { text as textOf } from "node:stream/consumers";
import { ProblemError } from "@pulse/schema/problem";
import { maskedLeastChars } from "@pulse/schema/secret";
import * as wire from "@pulse/schema/wire/secrets";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";

const randomBytesMade = 32;

/** Adds `secret list|set|rotate|delete|master-key|rotate-master`. */
export function addSecret(program: Command): void {
  const group = program
    .command("secret")
    .description("values that functions are given and nobody can read again");
  group
    .command("list")
    .description("names, versions and when they were set")
    .action(
      run(async (session) => {
        const items = await all(session);
        const rows = items.map(({ name, version, updatedAt }) => [name, String(version), updatedAt]);
        session.answer({ items, nextCursor: null }, () =>
          rows.length === 0 ? session.messages.none : table([["NAME", "VERSION", "SET"], ...rows]),
        );
      }),
    );
  group
    .command("set <name> [value]")
    .description("set a secret, or its next version: from standard input, or --file")
    .option("--file <path>", "the value is the content of a file, as it is")
    .action(
      run(async (session, command) => {
        const [name = "", given] = command.args;
        await put(session, name, await readValue(session, given, command.opts<{ file?: string }>().file));
        session.note("secretSet", { name });
      }),
    );
  group
    .command("rotate <name>")
    .description("set the next version of a secret that is there: from standard input, --file, or --random")
    .option("--file <path>", "the value is the content of a file, as it is")
    .option("--random", "a new random value, which is printed")
    .action(
      run(async (session, command) => {
        const [name = ""] = command.args;
        const { file, random } = command.opts<{ file?: string; random?: boolean }>();
        if (file !== undefined && random === true) throw new UsageError(session.messages.oneValue);
        if (!(await all(session)).some((one) => one.name === name)) {
          throw new ProblemError("not_found", `there is no secret ${name}`);
        }
        const made = random === true ? randomBytes(randomBytesMade).toString("base64url") : null;
        await put(session, name, made ?? (await readValue(session, undefined, file)));
        if (made !== null) session.answer({ value: made }, () => made);
        session.note("secretSet", { name });
      }),
    );
  group
    .command("delete <name>")
    .description("delete a secret; functions that name it fail until it is set again")
    .action(
      run(async ({ client, note, signal }, { args }) => {
        const [name = ""] = args;
        await client.call(wire.deleteSecret, { params: { name }, signal });
        note("secretDeleted", { name });
      }),
    );
  group
    .command("master-key")
    .description("the ids of the keys that seal secrets, and how many each seals")
    .action(
      run(async ({ client, answer, signal }) => {
        const found = await client.call(wire.getMasterKey, { signal });
        answer(found, () => keysOf(found));
      }),
    );
  group
    .command("rotate-master")
    .description(
      "make a new master key where the gateway keeps its own, and seal everything under the new one",
    )
    .option("--rewrap", "make none: only go on with what is sealed under the key before")
    .action(
      run(async (session, command) => {
        const { client, signal } = session;
        if (command.opts<{ rewrap?: boolean }>().rewrap !== true)
          await client.call(wire.newMasterKey, { signal });
        for (let left = await step(session); left > 0; ) {
          const now = await step(session);
          if (now >= left)
            throw new ProblemError("unavailable", fill(session.messages.secretsLeft, { left: now }));
          left = now;
        }
        const found = await client.call(wire.getMasterKey, { signal });
        session.answer(found, () => keysOf(found));
      }),
    );
}

async function step({ client, signal, line, messages }: Session): Promise<number> {
  const { rewrapped, left } = await client.call(wire.rewrapSecrets, { signal });
  if (rewrapped > 0) line(fill(messages.secretsRewrapped, { rewrapped, left }));
  return left;
}

async function put({ client, line, messages, signal }: Session, name: string, value: string): Promise<void> {
  if (value.length < maskedLeastChars) line(messages.shortSecret);
  await client.call(wire.putSecret, { params: { name }, body: { value }, signal });
}

/** The value, and never silently from the command line, which everybody on the machine can read. */
async function readValue(
  { messages, line }: Session,
  given: string | undefined,
  file: string | undefined,
): Promise<string> {
  if (given !== undefined && file !== undefined) throw new UsageError(messages.oneValue);
  if (given !== undefined) {
    line(messages.secretOnCommandLine);
    return given;
  }
  if (file !== undefined) {
    try {
      return readFileSync(file, "utf8");
    } catch {
      throw new UsageError(fill(messages.noFile, { file }));
    }
  }
  if (process.stdin.isTTY) line(messages.typeSecret);
  const value = (await textOf(process.stdin)).replace(/\r?\n$/, "");
  if (value === "") throw new UsageError(messages.noSecretValue);
  return value;
}

async function all({ client, signal }: Session): Promise<wire.SecretView[]> {
  const items: wire.SecretView[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.call(wire.listSecrets, { query, signal });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

function keysOf({ keys }: { keys: { id: string; secrets: number }[] }): string {
  const rows = keys.map(({ id, secrets }, index) => [id, index === 0 ? "yes" : "", String(secrets)]);
  return table([["KEY", "SEALS", "SECRETS"], ...rows]);
}
