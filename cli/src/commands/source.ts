import { setTimeout as pause } from "node:timers/promises";
import { isDue } from "@pulse/schema/apply/plan";
import { type GitHost, gitHosts, hostNamed } from "@pulse/schema/git-hosts";
import { type ProblemCode, ProblemError, problemCodes } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/sources";
import type { Command } from "commander";
import { planLines } from "../apply/plan-text.ts";
import { exitCodes } from "../exit-codes.ts";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";

const lookMs = 500;

interface SettingFlags {
  branch?: string;
  folder?: string;
  prune?: boolean;
  token?: string | false;
}

/** Adds `source add|list|get|change|rotate|sync|syncs|diff|remove`. */
export function addSource(program: Command): void {
  const group = program
    .command("source")
    .description("repositories that the project is made from, as pulse apply makes it");
  addKeeping(group);
  addSyncing(group);
}

function addKeeping(group: Command): void {
  group
    .command("add <name> <repository>")
    .description("make one from the https address of a repository; its host then tells of pushes")
    .option("--host <host>", `${gitHosts.join(", ")}; without it the address tells`)
    .option("--branch <branch>", "main unless said")
    .option("--folder <path>", "the folder with the pulse.yaml, the top unless said")
    .option("--token <secret>", "the secret of the project with the token that opens the repository")
    .option("--prune", "remove what pulse.yaml lists as removed")
    .action(
      run(async (session, command) => {
        const [name = "", repository = ""] = command.args;
        const { host, ...flags } = command.opts<SettingFlags & { host?: string }>();
        const { client, answer, line, messages, signal } = session;
        const body = { name, repository, host: hostOf(session, repository, host), ...settingsOf(flags) };
        const made = await client.call(wire.createSource, { body, signal });
        answer(made, () => `${made.url}\n${made.secret}`);
        line(messages.whSecretOnce);
        line(`\n${messages[`srcSetUp_${made.host}`]}`);
      }),
    );
  group
    .command("list")
    .description("the sources, each with its newest sync")
    .action(
      run(async ({ client, answer, messages, signal }) => {
        const list = await client.call(wire.listSources, { query: { limit: 200 }, signal });
        const rows = list.items.map(({ name, repository, branch, folder, lastSync }) => [
          ...[name, repository, branch, folder === "" ? "/" : folder],
          ...[lastSync?.status ?? "", (lastSync?.commit ?? "").slice(0, 12), lastSync?.problem ?? ""],
        ]);
        const head = ["NAME", "REPOSITORY", "BRANCH", "FOLDER", "SYNC", "COMMIT", ""];
        answer(list, () => (rows.length === 0 ? messages.none : table([head, ...rows])));
      }),
    );
  group
    .command("get <source>")
    .description("one source with its settings")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const one = await client.call(wire.getRepositorySource, { params: { name: args[0] ?? "" }, signal });
        answer(one, () => JSON.stringify(one, null, 2));
      }),
    );
  group
    .command("change <source>")
    .description("change what is said; the rest stays as it is")
    .option("--branch <branch>", "another branch")
    .option("--folder <path>", "another folder with a pulse.yaml")
    .option("--token <secret>", "another secret with the token of the repository")
    .option("--no-token", "the repository is open to everybody")
    .option("--prune", "remove what pulse.yaml lists as removed")
    .option("--no-prune", "remove nothing")
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        // A flag with a form that says no has a value where nothing was said.
        const said = (name: string) => command.getOptionValueSource(name) === "cli";
        const flags = Object.fromEntries(
          Object.entries(command.opts<SettingFlags>()).filter(([name]) => said(name)),
        );
        const body = settingsOf(flags);
        if (Object.keys(body).length === 0) throw new UsageError(messages.srcNothing);
        const one = await client.call(wire.changeSource, {
          ...{ params: { name: command.args[0] ?? "" }, body, signal },
        });
        answer(one, () => "");
      }),
    );
  group
    .command("rotate <source>")
    .description("another secret for pushes; the one before counts no more")
    .action(
      run(async ({ client, answer, line, messages, signal }, { args }) => {
        const made = await client.call(wire.rotateSource, { params: { name: args[0] ?? "" }, signal });
        answer(made, () => made.secret);
        line(messages.whSecretOnce);
      }),
    );
  group
    .command("remove <source>")
    .description("remove it with its secret and its syncs; what it made stays")
    .action(
      run(async ({ client, note, signal }, { args }) => {
        const name = args[0] ?? "";
        await client.call(wire.deleteSource, { params: { name }, signal });
        note("deleted", { name });
      }),
    );
}

function addSyncing(group: Command): void {
  group
    .command("sync <source>")
    .description("make the project as the end of the branch says, and wait until that is done")
    .option("--no-wait", "do not wait")
    .action(
      run(async (session, command) => {
        const params = { name: command.args[0] ?? "" };
        const { client, answer, signal } = session;
        let sync = await client.call(wire.syncSource, { params, signal });
        if (command.opts<{ wait: boolean }>().wait) sync = await ended(session, sync);
        answer(sync, () => [sync.id, sync.status, sync.commit ?? ""].join(" ").trim());
        const { status, problem } = sync;
        if (status === "failed") {
          throw new ProblemError(codeOf(problem?.code), problem?.detail ?? "");
        }
      }),
    );
  group
    .command("syncs <source> [sync]")
    .description("the last syncs, newest first; or one with what it did")
    .action(
      run(async ({ client, answer, messages, signal }, { args }) => {
        const [name = "", sync] = args;
        if (sync !== undefined) {
          const one = await client.call(wire.getSync, { params: { name, sync }, signal });
          return answer(one, () => JSON.stringify(one, null, 2));
        }
        const list = await client.call(wire.listSyncs, { params: { name }, query: {}, signal });
        const rows = list.items.map((one) => [
          ...[one.id, one.createdAt, one.status, (one.commit ?? "").slice(0, 12), one.startedBy],
          one.problem?.detail.split("\n", 1)[0] ?? "",
        ]);
        const head = ["SYNC", "AT", "STATUS", "COMMIT", "BY", ""];
        answer(list, () => (rows.length === 0 ? messages.none : table([head, ...rows])));
      }),
    );
  group
    .command("diff <source>")
    .description("what is not as the end of the branch says; exits with 20 where something is not")
    .action(
      run(async (session, { args }) => {
        const { client, answer, line, signal } = session;
        const params = { name: args[0] ?? "" };
        const [{ prune }, found] = await Promise.all([
          client.call(wire.getRepositorySource, { params, signal }),
          client.call(wire.diffSource, { params, signal }),
        ]);
        for (const one of planLines(session, found.plan, prune)) line(one);
        if (isDue(found.plan, prune)) process.exitCode = exitCodes.differences;
        answer(found, () => found.commit ?? "");
      }),
    );
}

/** Waits until a sync has ended, and tells once why one waits to be tried again. */
async function ended(
  { client, line, signal, messages }: Session,
  begun: wire.SyncView,
): Promise<wire.SyncView> {
  const params = { name: begun.source, sync: begun.id };
  let told = "";
  for (;;) {
    const now = await client.call(wire.getSync, { params, signal });
    if (now.status === "succeeded" || now.status === "failed") return now;
    const detail = now.status === "waiting" ? (now.problem?.detail ?? "") : told;
    if (detail !== told) line(fill(messages.srcTriedAgain, { detail }));
    told = detail;
    await pause(lookMs, undefined, { signal });
  }
}

function settingsOf({ branch, folder, prune, token }: SettingFlags) {
  return {
    ...(branch === undefined ? {} : { branch }),
    ...(folder === undefined ? {} : { folder }),
    ...(prune === undefined ? {} : { prune }),
    ...(token === undefined ? {} : { token: token === false ? null : token }),
  };
}

/** The host that is said, else the one that the address names. Throws `UsageError`. */
function hostOf({ messages }: Session, repository: string, said: string | undefined): GitHost {
  const known = gitHosts.join(", ");
  const host = said === undefined ? hostNamed(repository) : gitHosts.find((one) => one === said);
  if (host === undefined) throw new UsageError(fill(messages.srcHost, { known }));
  return host;
}

function codeOf(code: string | undefined): ProblemCode {
  return code !== undefined && code in problemCodes ? (code as ProblemCode) : "internal";
}
