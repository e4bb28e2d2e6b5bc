import type { Command } from "commander";
import { noProfile, readProfiles, writeProfiles } from "../profile.ts";
import { run } from "../session.ts";
import { table } from "../table.ts";

/** Adds `profile list|use|remove`. Keys are never shown. */
export function addProfile(program: Command): void {
  const group = program
    .command("profile")
    .description("kept gateways with their keys; `login --profile <name>` adds one");
  group
    .command("list")
    .description("profiles; the one in use is marked")
    .action(
      run(async ({ answer, messages }) => {
        const { current, profiles } = readProfiles(process.env);
        const items = Object.entries(profiles)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, { gateway }]) => ({ name, gateway, current: name === current }));
        const rows = items.map((one) => [one.current ? "*" : "", one.name, one.gateway]);
        answer({ items, nextCursor: null }, () =>
          rows.length === 0 ? messages.none : table([["", "NAME", "GATEWAY"], ...rows]),
        );
      }),
    );
  group
    .command("use <name>")
    .description("use this profile where none is named")
    .action(
      run(async ({ answer, note, messages }, { args }) => {
        const name = args[0] ?? "";
        const { profiles } = readProfiles(process.env);
        const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
        if (found === undefined) throw noProfile(name, profiles, messages);
        writeProfiles(process.env, { current: name, profiles });
        note("profileUsed", { name });
        answer({ name, gateway: found.gateway, current: true }, () => "");
      }),
    );
  group
    .command("remove <name>")
    .description("forget a profile and its key")
    .action(
      run(async ({ answer, note, messages }, { args }) => {
        const name = args[0] ?? "";
        const { current, profiles } = readProfiles(process.env);
        if (!Object.hasOwn(profiles, name)) throw noProfile(name, profiles, messages);
        const { [name]: _gone, ...rest } = profiles;
        writeProfiles(process.env, { current: name === current ? "default" : current, profiles: rest });
        note("profileRemoved", { name });
        answer({ name, removed: true }, () => "");
      }),
    );
}
