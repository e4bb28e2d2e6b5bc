import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import * as wire from "@pulse/schema/wire/auth";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { readProfiles, writeProfiles } from "../profile.ts";
import { run } from "../session.ts";
import { UsageError } from "../usage.ts";
import { loginByDevice } from "./device-login.ts";

/** Adds `login`, `logout`, `whoami`. */
export function addAccount(program: Command): void {
  program
    .command("login")
    .description(
      "keep a gateway and a key for later commands: at a terminal a person lets this machine in, else the key is read from --key-file or stdin",
    )
    .option("--device", "let a person say yes in a browser, also without a terminal")
    .option("--with-key", "read the key from stdin, also at a terminal")
    .action(
      run(async (session, command) => {
        const { profile, client, answer, note, line, messages, signal } = session;
        const flags = command.optsWithGlobals<{ keyFile?: string; device?: true; withKey?: true }>();
        const isAsked = flags.keyFile === undefined && flags.withKey !== true;
        const key =
          isAsked && (flags.device === true || process.stdin.isTTY)
            ? await loginByDevice(session)
            : (flags.keyFile === undefined
                ? await text(process.stdin)
                : readFileSync(flags.keyFile, "utf8")
              ).trim();
        if (key === "") throw new UsageError(messages.emptyKey, messages.needKey);
        const me = await client.call(wire.me, { headers: { authorization: `Bearer ${key}` }, signal });
        const { gateway } = profile;
        const { current, profiles } = readProfiles(process.env);
        const name = nameIn(command, current);
        const isFirst = !Object.hasOwn(profiles, current);
        const kept = { ...profiles, [name]: { gateway, key } };
        writeProfiles(process.env, { current: isFirst ? name : current, profiles: kept });
        note("signedIn", { gateway, name: me.name, profile: name });
        if (!isFirst && name !== current) line(`→ ${fill(messages.tryUse, { name })}`);
        answer({ profile: name, gateway, name: me.name, scopes: me.scopes }, () => "");
      }),
    );
  program
    .command("logout")
    .description("forget the key of the profile in use")
    .action(
      run(async ({ answer, note }, command) => {
        const { current, profiles } = readProfiles(process.env);
        const name = nameIn(command, current);
        const { [name]: _gone, ...rest } = profiles;
        writeProfiles(process.env, { current: name === current ? "default" : current, profiles: rest });
        note("signedOut", { profile: name });
        answer({ profile: name, removed: true }, () => "");
      }),
    );
  program
    .command("whoami")
    .description("who the key belongs to")
    .action(
      run(async ({ client, answer, gateway, signal }) => {
        const me = await client.call(wire.me, { signal });
        answer(me, () => `${me.name} (${me.scopes.join(", ")}) · ${gateway}`);
      }),
    );
}

function nameIn(command: Command, current: string): string {
  return command.optsWithGlobals<{ profile?: string }>().profile ?? (process.env.PULSE_PROFILE || current);
}
