import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@pulse/schema/client";
import { makeSetUpUrl, setUp } from "@pulse/schema/wire/auth";
import { createUser } from "@pulse/schema/wire/people";
import type { Command } from "commander";
import { run } from "../session.ts";
import { UsageError } from "../usage.ts";
import { askPassword } from "./user.ts";

/** Adds `setup`. */
export function addSetUp(program: Command): void {
  program
    .command("setup")
    .description("make the first person, an admin of the gateway; the password as with user create")
    .option("--username <name>", "how the person signs in")
    .option("--password-file <file>", "a file with the password")
    .option("--setup-url <file>", "the file with the set-up URL; without one, the key makes the person")
    .option("--url", "make the set-up URL with the key, and nobody; who opens it is asked for the rest")
    .action(
      run(async (session, command) => {
        const { client, profile, note, answer, signal } = session;
        const given = command.opts<{
          username?: string;
          passwordFile?: string;
          setupUrl?: string;
          url?: boolean;
        }>();
        const { username } = given;
        if (given.url === true) {
          const made = await client.call(makeSetUpUrl, { signal });
          answer(made, () => made.url);
          return;
        }
        if (username === undefined) throw new UsageError(session.messages.setUpNeeds);
        const token = profile.key !== null && given.setupUrl === undefined ? null : tokenIn(given.setupUrl);
        const password = await askPassword(session, given.passwordFile);
        if (token === null) {
          const roles = { "*": "admin" as const };
          await client.call(createUser, { body: { username, password, roles }, signal });
        } else {
          const plain = createClient({ baseUrl: profile.gateway });
          await plain.call(setUp, { body: { token, username, password }, signal });
        }
        note("userCreated", { name: username });
        answer({ username, gateway: profile.gateway }, () => "");
      }),
    );
}

/** The token of a set-up URL in a file, of the data folder here unless another is named; null: there is none. */
function tokenIn(file: string | undefined): string | null {
  const path = file ?? join(process.env.PULSE_DATA_DIR || "pulse-data", "setup-url");
  if (file === undefined && !existsSync(path)) return null;
  return readFileSync(path, "utf8")
    .trim()
    .replace(/^.*#t=/, "");
}
