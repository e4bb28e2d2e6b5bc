import { pipeline } from "node:stream/promises";
import { type Role, roles } from "@pulse/schema/roles";
import { me } from "@pulse/schema/wire/auth";
import * as wire from "@pulse/schema/wire/people";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";
import { readSecret } from "./typed-secret.ts";

/** Adds `user list|create|role|disable|enable|password|delete|export|erase`. */
export function addUser(program: Command): void {
  const users = program.command("user").description("people: who they are and what they may do");
  users
    .command("list")
    .description("people of the project; everybody, for an admin of the gateway")
    .action(
      run(async ({ client, answer, signal }) => {
        const list = await client.call(wire.listUsers, { query: { limit: 200 }, signal });
        const rows = list.items.map((one) => [
          one.username,
          one.name,
          rolesText(one.roles),
          one.disabledAt === null ? one.source : "disabled",
          one.lastSeenAt ?? "",
        ]);
        answer(list, () => table([["USER", "NAME", "ROLES", "SOURCE", "SEEN"], ...rows]));
      }),
    );
  users
    .command("create <username>")
    .description(
      "add a person who signs in by password; it is read from --password-file, the terminal or stdin",
    )
    .option(
      "--role <roles...>",
      "such as operator@shop: viewer, operator, developer or admin; @* is every project",
    )
    .option("--admin", "an admin of the gateway: admin@*")
    .option("--password-file <file>", "a file with the password")
    .option("--name <name>", "the person's name")
    .option("--email <address>", "the person's e-mail address")
    .action(
      run(async (session, command) => {
        const { client, answer, note, signal } = session;
        const username = command.args[0] ?? "";
        const given = command.opts<{
          role?: string[];
          admin?: true;
          passwordFile?: string;
          name?: string;
          email?: string;
        }>();
        const texts = [...(given.role ?? []), ...(given.admin === true ? ["admin@*"] : [])];
        const parts = await Promise.all(texts.map((one) => readRole(session, one)));
        const wanted = Object.fromEntries(
          parts.flatMap(([project, role]) => (role === null ? [] : [[project, role]])),
        );
        const password = await askPassword(session, given.passwordFile);
        const { name, email } = given;
        const about = { ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }) };
        const made = await client.call(wire.createUser, {
          body: { username, password, roles: wanted, ...about },
          signal,
        });
        note("userCreated", { name: username });
        answer(made, () => "");
      }),
    );
  users
    .command("role <username> <role>")
    .description("give a person a role in a project, such as operator@shop, or take it: none@shop")
    .action(
      run(async (session, command) => {
        const [name = "", text = ""] = command.args;
        const [project, role] = await readRole(session, text);
        await change(session, name, { roles: { [project]: role } });
      }),
    );
  users
    .command("disable <username>")
    .description("let a person in no more: their sessions end, their keys open nothing")
    .action(run((session, command) => change(session, command.args[0] ?? "", { disabled: true })));
  users
    .command("enable <username>")
    .description("let a person in again")
    .action(run((session, command) => change(session, command.args[0] ?? "", { disabled: false })));
  users
    .command("password [username]")
    .description("set a person's password, or change one's own; every other session of theirs ends")
    .option("--password-file <file>", "a file with the password")
    .option("--current-file <file>", "a file with one's present password")
    .action(
      run(async (session, command) => {
        const { client, note, answer, messages, signal } = session;
        const [name] = command.args;
        const { passwordFile, currentFile } = command.opts<{ passwordFile?: string; currentFile?: string }>();
        if (name !== undefined) {
          return await change(session, name, { password: await askPassword(session, passwordFile) });
        }
        const ask = { message: messages.askCurrent, empty: messages.emptyPassword };
        const current = await readSecret(currentFile, ask);
        const password = await askPassword(session, passwordFile);
        await client.call(wire.changePassword, { body: { current, password }, signal });
        note("passwordChanged");
        answer({ changed: true }, () => "");
      }),
    );
  users
    .command("delete <username>")
    .description("delete a person; their keys and sessions end")
    .action(
      run(async ({ client, answer, note, signal }, command) => {
        const name = command.args[0] ?? "";
        await client.call(wire.deleteUser, { params: { name }, signal });
        note("deleted", { name });
        answer({ username: name, deleted: true }, () => "");
      }),
    );
  addErasure(users);
}

/** Adds `user export|erase`. */
function addErasure(users: Command): void {
  users
    .command("export <username>")
    .description("everything that is kept about a person, one JSON a line")
    .action(
      run(async ({ client, signal }, command) => {
        const name = command.args[0] ?? "";
        const response = await client.open(wire.exportUser, { params: { name }, signal });
        if (response.body !== null) await pipeline(response.body, process.stdout, { end: false });
      }),
    );
  users
    .command("erase <username>")
    .description("tell what erasing a person does; with --yes do it")
    .option("--yes", "erase them")
    .action(
      run(async ({ client, answer, note, signal }, command) => {
        const name = command.args[0] ?? "";
        const dryRun = command.opts<{ yes?: true }>().yes !== true;
        const made = await client.call(wire.eraseUser, { params: { name }, body: { dryRun }, signal });
        const { deleted, pseudonymised, kept, pseudonym } = made;
        const rows = Object.entries({ deleted, pseudonymised, kept }).flatMap(([what, counts]) =>
          Object.entries(counts)
            .filter(([, count]) => count > 0)
            .map(([kind, count]) => [what, kind, String(count)]),
        );
        answer(made, () => table([["WHAT", "KIND", "ROWS"], ...rows]));
        note(dryRun ? "erasePlan" : "eraseDone", { name, pseudonym });
      }),
    );
}

async function change(
  { client, answer, note, signal }: Session,
  name: string,
  body: {
    roles?: Record<string, Role | null>;
    disabled?: boolean;
    password?: string;
  },
): Promise<void> {
  const after = await client.call(wire.changeUser, { params: { name }, body, signal });
  note("userIs", {
    name,
    roles: rolesText(after.roles),
    state: after.disabledAt === null ? "" : " · disabled",
  });
  answer(after, () => "");
}

/** A new password. */
export function askPassword({ messages }: Session, file: string | undefined): Promise<string> {
  return readSecret(file, { message: messages.askPassword, empty: messages.emptyPassword });
}

/** `operator@shop`: the project and the role, null for `none`; without a project that of the key. */
async function readRole({ client, messages, signal }: Session, text: string): Promise<[string, Role | null]> {
  const [given = "", project] = text.split("@", 2);
  const role = [...roles, "employee", "none"].find((one) => one === given);
  if (role === undefined || project === "") throw new UsageError(fill(messages.badRole, { given: text }));
  const where = project ?? (await client.call(me, { signal })).project;
  if (role === "none") return [where, null];
  return [where, role === "employee" ? "operator" : (role as Role)];
}

const rolesText = (given: Readonly<Record<string, string>>) =>
  Object.entries(given)
    .map(([project, role]) => `${role}@${project}`)
    .join(",");
