import { resolve } from "node:path";
import { deployVersion, type VersionView } from "@pulse/schema/wire/functions";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { type AimFlags, aimOf, splitTo } from "./deploy-split.ts";
import { deployForm, type Project, readProject } from "./manifest.ts";

interface DeployFlags extends AimFlags {
  message?: string;
}

/** A deploy that was taken. */
export interface Deployed {
  version: VersionView;
  /** False: the content was deployed before, and that version stands. */
  isNew: boolean;
  /** The alias whose calls it gets, or `none`. */
  alias: string;
  /** Of a deploy with `--canary`: false where no other version was there to share with. */
  split?: { weight: number; isSplit: boolean };
}

/** Reads the project of a folder. Throws as `readProject` does. */
export function projectIn(session: Session, dir: string): Project {
  return readProject(dir, fill(session.messages.noManifest, { dir }));
}

/** Deploys a project and waits for its build. Throws `build_failed` with the end of the build's log. */
export async function deployProject(
  session: Session,
  dir: string,
  project: Project,
  flags: DeployFlags,
): Promise<Deployed> {
  const form = await deployForm(dir, project, flags.message);
  const { alias, ttl, split } = aimOf(session, flags, dir);
  const response = await session.client.open(deployVersion, {
    params: { name: project.manifest.name },
    query: {
      ...(alias === undefined ? {} : { alias }),
      ...(ttl === undefined ? {} : { ttl }),
      ...(flags.wait === false ? {} : { wait: 600 }),
    },
    raw: form,
    signal: session.signal,
  });
  const version = (await response.json()) as VersionView;
  const deployed = { version, isNew: response.status === 201, alias: alias ?? "live" };
  if (split === null) return deployed;
  const isSplit = await splitTo(session, project.manifest.name, version.version, split);
  return { ...deployed, alias: split.alias, split: { weight: split.weight, isSplit } };
}

/** Adds `deploy`. */
export function addDeploy(program: Command): void {
  program
    .command("deploy [dirs...]")
    .description("deploy functions (folders with a pulse.jsonc)")
    .option("--alias <name>", "the alias to move when the version is ready (default live)")
    .option("--no-promote", "move no alias")
    .option("--canary <percent>", "give the version this percent of the calls, once it is built")
    .option("--max-error-rate <percent>", "roll back by itself when more than this percent of its calls fail")
    .option("--min-calls <count>", "calls of it that have to end before that is judged (default 20)")
    .option("--window <duration>", "how far back its calls are counted (default 10m)")
    .option(
      "--preview [branch]",
      "move preview-<branch> instead of live; without a name, the branch of the checkout",
    )
    .option("--ttl <duration>", "how long the alias lasts (default 14d of a preview)")
    .option("-m, --message <text>", "why")
    .option("--no-wait", "do not wait for the build")
    .action(
      run(async (session, command) => {
        const dirs = command.args.length === 0 ? ["."] : command.args;
        const made: VersionView[] = [];
        for (const dir of dirs.map((one) => resolve(one))) {
          const project = projectIn(session, dir);
          const flags = command.opts<DeployFlags>();
          const { version, isNew, alias, split } = await deployProject(session, dir, project, flags);
          made.push(version);
          const key = isNew ? (version.status === "ready" ? "deployed" : "building") : "unchanged";
          session.note(key, { name: version.function, version: version.version });
          const at = { name: version.function, version: version.version, alias };
          if (split !== undefined)
            session.note(split.isSplit ? "split" : "notSplit", { ...at, weight: split.weight });
          const url = `${session.gateway}/f/${version.function}${flags.preview === undefined ? "" : `@${alias}`}`;
          if (!session.json) session.answer(version, () => url);
          const header = session.profile.key === null ? "" : ' -H "Authorization: Bearer $PULSE_KEY"';
          session.line(session.colours.dim(`  curl${header} ${url} -d '{}'`));
        }
        if (session.json) session.answer(made.length === 1 ? made[0] : { items: made }, () => "");
      }),
    );
}
