import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { modeOf, reachesOf } from "../policy/judge-command.ts";
import { type CommandMode, commandModes, openPolicy } from "../policy/policy.ts";
import { readPolicy } from "../policy/policy-file.ts";
import { type Reach, reachText } from "../policy/reach.ts";
import { readDescribed } from "./command-book.ts";
import { ownUser } from "./machine-user.ts";

interface Told {
  mode: CommandMode;
  /** Why nothing is run, where that is not what the operator wanted. */
  fault: string | null;
  /** Whom commands run as that name nobody. */
  user: string;
  /** Where this machine describes commands, and those that it does. */
  folder: string;
  described: { name: string; fault: string | null }[];
  shells: string[];
  /** Where requests of workflows may go: all of these must allow a place. */
  requests: Reach[];
}

const usualFolder = "/etc/pulse/commands.d";

/** What commands and requests the runner of this machine takes (`PULSE_COMMANDS`, `PULSE_REQUESTS`, `PULSE_POLICY`), as one JSON document: `pulse doctor` shows it. */
function look(env: NodeJS.ProcessEnv): Told {
  const started = commandModes.find((one) => one === env.PULSE_COMMANDS) ?? "deny";
  let mode: CommandMode = started;
  let fault: string | null = null;
  let requests: Reach[] = ["none"];
  let folder = resolve(env.PULSE_COMMANDS_DIR || usualFolder);
  try {
    const policy = env.PULSE_POLICY ? readPolicy(env.PULSE_POLICY) : openPolicy;
    mode = modeOf(policy, started);
    const asked = env.PULSE_REQUESTS ? reachText.parse(env.PULSE_REQUESTS) : null;
    requests = reachesOf(policy, { mode: started, dir: folder, requests: asked });
    folder = policy.commands?.dir ?? folder;
  } catch (error) {
    mode = "deny";
    fault = wordsOf(error);
  }
  const described = namesIn(folder).map((name) => ({ name, fault: faultOf(folder, name) }));
  return { mode, fault, user: ownUser().name, folder, described, shells: shellsHere(), requests };
}

function namesIn(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
    return files.map((name) => name.slice(0, -".json".length)).toSorted();
  } catch {
    return [];
  }
}

function faultOf(folder: string, name: string): string | null {
  try {
    readDescribed(folder, name);
    return null;
  } catch (error) {
    return wordsOf(error);
  }
}

/** The shells that the machine lists and has. */
function shellsHere(): string[] {
  let listed: string[] = [];
  try {
    listed = readFileSync("/etc/shells", "utf8").split("\n");
  } catch {
    // A machine without the list has at least the usual one.
  }
  const paths = ["/bin/sh", ...listed.map((line) => line.trim())].filter((line) => line.startsWith("/"));
  return [...new Set(paths)].filter(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.stdout.write(`${JSON.stringify(look(process.env))}\n`);
