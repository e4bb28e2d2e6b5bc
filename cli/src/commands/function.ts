import { ProblemError } from "@pulse/schema/problem";
import { putAlias } from "@pulse/schema/wire/function-aliases";
import * as wire from "@pulse/schema/wire/functions";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";
import { addFunctionAliases, aliasOf } from "./function-aliases.ts";
import { withNearestFunction } from "./nearest-function.ts";
import { addFunctionInputs } from "./saved-input.ts";

/** Adds `function list|get|versions|rollback|aliases|promote|inputs|delete`. */
export function addFunction(program: Command): void {
  const group = program.command("function").description("functions, their versions and aliases");
  group
    .command("list")
    .description("functions by name")
    .action(
      run(async ({ client, answer, messages, signal }) => {
        const list = await client.call(wire.listFunctions, { query: { limit: 200 }, signal });
        const rows = list.items.map((one) => [
          one.name,
          one.runtime,
          `v${one.aliases.live ?? "-"}`,
          `${one.latest}`,
          one.url,
        ]);
        answer(list, () =>
          rows.length === 0 ? messages.none : table([["NAME", "RUNTIME", "LIVE", "LATEST", "URL"], ...rows]),
        );
      }),
    );
  group
    .command("get <name>")
    .description("one function with its settings")
    .action(
      run(async (session, { args }) => {
        const { client, answer, signal } = session;
        const name = args[0] ?? "";
        const one = await withNearestFunction(session, name, () =>
          client.call(wire.getFunction, { params: { name }, signal }),
        );
        answer(one, () => JSON.stringify(one, null, 2));
      }),
    );
  group
    .command("versions <name>")
    .description("versions, newest first")
    .action(
      run(async (session, { args }) => {
        const { client, answer, signal } = session;
        const name = args[0] ?? "";
        const list = await withNearestFunction(session, name, () =>
          client.call(wire.listVersions, { params: { name }, query: { limit: 200 }, signal }),
        );
        const rows = list.items.map((one) => [
          `v${one.version}`,
          one.status,
          one.createdAt,
          one.message ?? one.error ?? one.image ?? "",
        ]);
        answer(list, () => table([["VERSION", "STATUS", "CREATED", "MESSAGE"], ...rows]));
      }),
    );
  group
    .command("rollback <name> [version]")
    .description(
      "move live to a version; without one, end its split, or go to the ready version before the present",
    )
    .option("--reason <text>", "why, for whoever reads the audit later")
    .action(
      run(async (session, command) => {
        const { args } = command;
        const { client, answer, note, messages, signal } = session;
        const name = args[0] ?? "";
        const given = args[1] === undefined ? null : Number(args[1].replace(/^v/, ""));
        if (given !== null && !(Number.isSafeInteger(given) && given > 0))
          throw new UsageError(fill(messages.badVersion, { given: JSON.stringify(args[1]) }));
        const live = given === null ? await aliasOf(session, name, "live") : null;
        const split = live?.split ?? null;
        const before = async () => (split === null ? await versionBefore() : (live?.version ?? 0));
        const version = given ?? (await withNearestFunction(session, name, before));
        const params = { name, alias: "live" };
        const { reason } = command.opts<{ reason?: string }>();
        const seen = split === null ? {} : { ifCanary: split.version };
        const body = { version, ...seen, ...(reason === undefined ? {} : { reason }) };
        const moved = await withNearestFunction(session, name, () =>
          client.call(putAlias, { params, body, signal }),
        );
        note(split === null ? "rolledBack" : "splitEnded", { name, version });
        answer(moved, () => "");

        async function versionBefore(): Promise<number> {
          const { aliases } = await client.call(wire.getFunction, { params: { name }, signal });
          const { items } = await client.call(wire.listVersions, {
            params: { name },
            query: { limit: 200 },
            signal,
          });
          const found = items.find((one) => one.status === "ready" && one.version < (aliases.live ?? 0));
          if (found === undefined)
            throw new ProblemError("conflict", fill(messages.noVersionBefore, { name }));
          return found.version;
        }
      }),
    );
  addFunctionAliases(group);
  addFunctionInputs(group);
  group
    .command("delete <name>")
    .description("delete a function with its versions")
    .action(
      run(async (session, { args }) => {
        const { client, answer, note, signal } = session;
        const name = args[0] ?? "";
        await withNearestFunction(session, name, () =>
          client.call(wire.deleteFunction, { params: { name }, signal }),
        );
        note("deleted", { name });
        answer({ name, deleted: true }, () => "");
      }),
    );
}
