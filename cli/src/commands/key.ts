import * as wire from "@pulse/schema/wire/auth";
import type { Command } from "commander";
import { run } from "../session.ts";
import { table } from "../table.ts";
import { quotasOf } from "./quota-option.ts";

/** Adds `key list|create|revoke`. */
export function addKey(program: Command): void {
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
      "comma-separated: invoke:<function>, invoke:*, read, execute, deploy, admin, gateway",
    )
    .option("--expires-at <time>", "RFC 3339")
    .option("--rate-limit <count>", "calls a minute")
    .option(
      "--quota <name=most>",
      "may be repeated: executions, runSeconds, gbSeconds, bytesOut in a month, concurrentExecutions",
      (one: string, all: string[]) => [...all, one],
      [],
    )
    .action(
      run(async ({ client, answer, line, messages, signal }, command) => {
        const { scope, expiresAt, rateLimit, quota } = command.opts<{
          scope: string;
          expiresAt?: string;
          rateLimit?: string;
          quota: string[];
        }>();
        const body = {
          name: command.args[0] ?? "",
          scopes: scope.split(","),
          ...(expiresAt === undefined ? {} : { expiresAt }),
          ...(rateLimit === undefined ? {} : { rateLimit: Number(rateLimit) }),
          ...(quota.length === 0 ? {} : { quotas: quotasOf(quota, messages) }),
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
      run(async ({ client, answer, note, signal }, { args }) => {
        const id = args[0] ?? "";
        await client.call(wire.revokeKey, { params: { id }, signal });
        note("revoked", { name: id });
        answer({ id, revoked: true }, () => "");
      }),
    );
}
