import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createClient } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/auth";
import { readyz, version } from "@pulse/schema/wire/operations";
import { listRunners } from "@pulse/schema/wire/runners";
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { removeProfile, saveProfile } from "../profile.ts";
import { run, type Session, table } from "../session.ts";
import { endOf } from "./runner.ts";

const migrateEntry = fileURLToPath(new URL("../../../gateway/src/platform/node/migrate.ts", import.meta.url));

/** Adds `login`, `logout`, `whoami`, `key list|create|revoke`, `doctor`, `migrate`. */
export function addAccount(program: Command): void {
  program
    .command("login")
    .description("keep a gateway and a key for later commands; the key is read from --key-file or stdin")
    .action(
      run(async ({ profile, note, signal }, command) => {
        const { keyFile } = command.optsWithGlobals<{ keyFile?: string }>();
        if (keyFile === undefined && process.stdin.isTTY) {
          throw new ProblemError("validation_failed", "give the key with --key-file, or on stdin");
        }
        const key = (
          keyFile === undefined ? await text(process.stdin) : readFileSync(keyFile, "utf8")
        ).trim();
        const client = createClient({
          baseUrl: profile.gateway,
          headers: () => ({ authorization: `Bearer ${key}` }),
        });
        const me = await client.call(wire.me, { signal });
        saveProfile(process.env, profile.gateway, key);
        note("signedIn", { gateway: profile.gateway, name: me.name });
      }),
    );
  program
    .command("logout")
    .description("forget the kept key")
    .action(
      run(async ({ profile, note }) => {
        removeProfile(process.env);
        note("signedOut", { gateway: profile.gateway });
      }),
    );
  program
    .command("whoami")
    .description("who the key belongs to")
    .action(
      run(async ({ client, answer, profile, signal }) => {
        const me = await client.call(wire.me, { signal });
        answer(me, () => `${me.name} (${me.scopes.join(", ")}) · ${profile.gateway}`);
      }),
    );
  program.command("doctor").description("check gateway, key, clock and runners").action(run(doctor));
  program
    .command("migrate")
    .description("bring the database of PULSE_DATA_DIR up to date")
    .action(
      run(async () => {
        process.exitCode = await endOf([migrateEntry], process.env);
      }),
    );

  const keys = program.command("key").description("API keys");
  keys
    .command("list")
    .description("keys without their secrets")
    .action(
      run(async ({ client, answer, signal }) => {
        const list = await client.call(wire.listKeys, { query: { limit: 200 }, signal });
        const rows = list.items.map((one) => [
          one.id,
          one.name,
          one.scopes.join(","),
          one.revokedAt === null ? (one.expiresAt ?? "") : "revoked",
        ]);
        answer(list, () => table([["ID", "NAME", "SCOPES", "EXPIRES"], ...rows]));
      }),
    );
  keys
    .command("create <name>")
    .description("make a key; it is shown once")
    .requiredOption(
      "--scope <list>",
      "comma-separated: invoke:<function>, invoke:*, read, execute, deploy, admin",
    )
    .option("--expires-at <time>", "RFC 3339")
    .action(
      run(async ({ client, answer, line, messages, signal }, command) => {
        const { scope, expiresAt } = command.opts<{ scope: string; expiresAt?: string }>();
        const body = {
          name: command.args[0] ?? "",
          scopes: scope.split(","),
          ...(expiresAt === undefined ? {} : { expiresAt }),
        };
        const made = await client.call(wire.createKey, { body, signal });
        answer(made, () => made.key);
        line(messages.keyOnce);
      }),
    );
  keys
    .command("revoke <id-or-name>")
    .description("revoke a key")
    .action(
      run(async ({ client, note, signal }, { args }) => {
        await client.call(wire.revokeKey, { params: { id: args[0] ?? "" }, signal });
        note("revoked", { name: args[0] ?? "" });
      }),
    );
}

/** Each check in order; what fails is said with what to do, and the exit code is 20. */
async function doctor({ client, profile, answer, colours, messages, signal }: Session): Promise<void> {
  const checks: { name: string; ok: boolean; detail: string }[] = [];
  const check = async (name: string, look: () => Promise<string>) => {
    try {
      checks.push({ name, ok: true, detail: await look() });
    } catch (error) {
      checks.push({ name, ok: false, detail: error instanceof Error ? error.message : String(error) });
    }
  };
  await check("gateway", async () => {
    await client.call(readyz, { signal });
    return `${profile.gateway} ${(await client.call(version, { signal })).version}`;
  });
  await check("key", async () => `${(await client.call(wire.me, { signal })).name}, from ${profile.source}`);
  await check("clock", async () => {
    const date = (await fetch(`${profile.gateway}/livez`, { signal })).headers.get("date") ?? "";
    const apart = Math.abs(Date.now() - Date.parse(date));
    if (!(apart < 60_000))
      throw new Error(`this clock and the gateway's are ${Math.round(apart / 1000)} s apart`);
    return "in step";
  });
  await check("runners", async () => {
    const { items } = await client.call(listRunners, { query: {}, signal });
    const online = items.filter((one) => one.status === "online");
    if (online.length === 0)
      throw new Error("no runner is online: pulse runner token, then pulse runner start");
    return online.map((one) => `${one.name} (${one.preparing ?? one.capabilities.join(", ")})`).join("; ");
  });
  const ok = checks.every((one) => one.ok);
  if (!ok) process.exitCode = exitCodes.differences;
  const marks = { true: colours.green("✓"), false: colours.red("✗") };
  const lines = checks.map((one) => `${marks[`${one.ok}`]} ${one.name.padEnd(8)} ${one.detail}`);
  answer({ ok, checks }, () => [...lines, ...(ok ? [messages.healthy] : [])].join("\n"));
}
