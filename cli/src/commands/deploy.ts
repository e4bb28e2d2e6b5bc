import { watch } from "node:fs";
import { resolve } from "node:path";
import { deployVersion, type VersionView } from "@pulse/schema/wire/functions";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { fail, run, type Session } from "../session.ts";
import { deployForm, readProject } from "./manifest.ts";

interface DeployFlags {
  alias?: string;
  promote?: boolean;
  message?: string;
  wait?: boolean;
}

/** Deploys one folder and says what became of it. */
async function deployOne(session: Session, dir: string, flags: DeployFlags): Promise<VersionView> {
  const project = readProject(dir, fill(session.messages.noManifest, { dir }));
  const { name } = project.manifest;
  const form = await deployForm(dir, project, flags.message);
  const alias = flags.promote === false ? "none" : flags.alias;
  const response = await session.client.open(deployVersion, {
    params: { name },
    query: { ...(alias === undefined ? {} : { alias }), ...(flags.wait === false ? {} : { wait: 600 }) },
    raw: form,
    signal: session.signal,
  });
  const version = (await response.json()) as VersionView;
  const key = response.status === 200 ? "unchanged" : version.status === "ready" ? "deployed" : "building";
  session.note(key, { name, version: version.version });
  return version;
}

/** Adds `deploy` and `dev`. */
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
        for (const dir of dirs) {
          const version = await deployOne(session, resolve(dir), command.opts<DeployFlags>());
          const url = `${session.profile.gateway}/f/${version.function}`;
          session.answer(version, () => url);
          const key = session.profile.key === null ? "" : ' -H "Authorization: Bearer $PULSE_KEY"';
          session.line(session.colours.dim(`  curl${key} ${url} -d '{}'`));
        }
      }),
    );

  program
    .command("dev [dir]")
    .description("watch a folder and deploy each change to the alias dev")
    .action(
      run(async (session, command) => {
        const dir = resolve(command.args[0] ?? ".");
        const reload = async () => {
          const begun = performance.now();
          try {
            const { function: name } = await deployOne({ ...session, note: () => undefined }, dir, {
              alias: "dev",
            });
            session.note("reloaded", { name, ms: Math.round(performance.now() - begun) });
          } catch (error) {
            fail(session, error);
            process.exitCode = 0;
          }
        };
        await reload();
        session.note("watching", { dir });
        await new Promise<void>((done) => {
          let timer: NodeJS.Timeout | undefined;
          let running = Promise.resolve();
          const watcher = watch(dir, { recursive: true }, (_event, file) => {
            if (file !== null && /(^|\/)(node_modules|\.git|__pycache__)(\/|$)/.test(file)) return;
            clearTimeout(timer);
            timer = setTimeout(() => {
              running = running.then(reload);
            }, 30);
          });
          session.signal.addEventListener("abort", () => {
            clearTimeout(timer);
            watcher.close();
            void running.then(done);
          });
        });
      }),
    );
}
