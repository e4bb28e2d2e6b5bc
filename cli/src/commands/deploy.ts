import { resolve } from "node:path";
import { deployVersion, type VersionView } from "@pulse/schema/wire/functions";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { deployForm, type Project, readProject } from "./manifest.ts";

interface DeployFlags {
  alias?: string;
  promote?: boolean;
  message?: string;
  wait?: boolean;
}

/** A deploy that was taken. */
export interface Deployed {
  version: VersionView;
  /** False: the content was deployed before, and that version stands. */
  isNew: boolean;
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
  const alias = flags.promote === false ? "none" : flags.alias;
  const response = await session.client.open(deployVersion, {
    params: { name: project.manifest.name },
    query: { ...(alias === undefined ? {} : { alias }), ...(flags.wait === false ? {} : { wait: 600 }) },
    raw: form,
    signal: session.signal,
  });
  return { version: (await response.json()) as VersionView, isNew: response.status === 201 };
}

/** Adds `deploy`. */
export function addDeploy(program: Command): void {
  program
    .command("deploy [dirs...]")
    .description("deploy functions (folders with a pulse.jsonc)")
    .option("--alias <name>", "the alias to move when the version is ready (default live)")
    .option("--no-promote", "move no alias")
    .option("-m, --message <text>", "why")
    .option("--no-wait", "do not wait for the build")
    .action(
      run(async (session, command) => {
        const dirs = command.args.length === 0 ? ["."] : command.args;
        const made: VersionView[] = [];
        for (const dir of dirs.map((one) => resolve(one))) {
          const project = projectIn(session, dir);
          const { version, isNew } = await deployProject(session, dir, project, command.opts<DeployFlags>());
          made.push(version);
          const key = isNew ? (version.status === "ready" ? "deployed" : "building") : "unchanged";
          session.note(key, { name: version.function, version: version.version });
          const url = `${session.gateway}/f/${version.function}`;
          if (!session.json) session.answer(version, () => url);
          const header = session.profile.key === null ? "" : ' -H "Authorization: Bearer $PULSE_KEY"';
          session.line(session.colours.dim(`  curl${header} ${url} -d '{}'`));
        }
        if (session.json) session.answer(made.length === 1 ? made[0] : { items: made }, () => "");
      }),
    );
}
