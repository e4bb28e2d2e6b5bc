import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const dayMs = 86_400_000;
const real = (program: string) => execFileSync("which", [program], { encoding: "utf8" }).trim();

/**
 * What one machine of a fleet has of its own, where all share one: programs on the runner's PATH that write down that they ran,
 * and folders that stand for the machine's.
 */
export class Machine {
  readonly name: string;
  readonly folder: string;
  readonly #bin: string;

  /** `story` is the file that all machines of a fleet write to, one line for what ran. */
  constructor(parent: string, name: string, story: string) {
    this.name = name;
    this.folder = join(parent, `machine-${name}`);
    this.#bin = join(this.folder, "bin");
    for (const one of ["bin", "open", "tmp/older", "opt/pulse-worker", "commands"]) {
      mkdirSync(join(this.folder, one), { recursive: true });
    }
    const tell = (what: string) => `echo "${name} ${what}" >> "${story}"`;
    const { folder } = this;
    this.#program("mark", tell("$*"));
    this.#program("hold", `until [ -e "${folder}/open/$1" ] || [ ! -d "${folder}" ]; do sleep 0.05; done`);
    this.#program("well", `test ! -e "${folder}/bad"`);
    for (const one of ["apt-get", "reboot", "systemctl", "deploy-app", "migrate", "journalctl", "npm"]) {
      this.#program(one, `${tell(`${one} $*`)}\nexec well`);
    }
    this.#program(
      "apt",
      `${tell("apt $*")}\n[ "$1" != list ] || printf 'Listing...\\nkernel/now 2\\nshell/now 3\\n'`,
    );
    this.#program(
      "tar",
      [
        tell("tar $1"),
        `case "$1" in`,
        `-t*) exec ${real("tar")} "$1" "${folder}"/tmp/backup-*.tar.gz ;;`,
        `*) exec ${real("tar")} "$1" "${folder}$2" -C "${folder}/$3" . ;;`,
        "esac",
      ].join("\n"),
    );
    this.#program(
      "find",
      `${tell("find")}\nfolder="$1"; shift; exec ${real("find")} "${folder}$folder" "$@"`,
    );
    writeFileSync(join(folder, "opt/pulse-worker/config"), "kept\n");
    this.put("tmp/older/backup-19990101.tar.gz", 8);
  }

  /** What the runner of this machine is given: its programs before all others, and where it describes commands. */
  get env(): Record<string, string> {
    return {
      PATH: `${this.#bin}:${process.env.PATH}`,
      PULSE_COMMANDS: "allow",
      PULSE_COMMANDS_DIR: join(this.folder, "commands"),
      PULSE_POLICY: this.#policy,
    };
  }

  /** Says what the machine allows from now on. */
  allow(policy: Record<string, unknown>): void {
    writeFileSync(this.#policy, JSON.stringify(policy), { mode: 0o600 });
  }

  /** Describes a command that needs no permission for free ones. */
  describe(name: string, description: Record<string, unknown>): void {
    writeFileSync(join(this.folder, "commands", `${name}.json`), JSON.stringify(description), {
      mode: 0o600,
    });
  }

  /** The path of one of its programs. */
  program(name: string): string {
    return join(this.#bin, name);
  }

  /** Lets go on what waits in `hold`. */
  open(gate: string): void {
    writeFileSync(join(this.folder, "open", gate), "");
  }

  /** Makes `well` fail, and what asks it. */
  spoil(isBad = true): void {
    if (isBad) writeFileSync(join(this.folder, "bad"), "");
    else rmSync(join(this.folder, "bad"), { force: true });
  }

  /** A file of some age. */
  put(path: string, days: number): void {
    const file = join(this.folder, path);
    writeFileSync(file, "");
    const at = new Date(Date.now() - days * dayMs);
    utimesSync(file, at, at);
  }

  /** What lies in one of its folders. */
  files(folder: string): string[] {
    return readdirSync(join(this.folder, folder)).sort();
  }

  /** Kills what runs on it, that is, has its programs on its PATH; returns how many processes that were. */
  kill(): number {
    return this.#processes().filter((pid) => {
      try {
        return process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
        return false;
      }
    }).length;
  }

  #processes(): number[] {
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((entry) => {
        try {
          return readFileSync(`/proc/${entry}/environ`, "utf8").includes(this.#bin) ? Number(entry) : [];
        } catch {
          return [];
        }
      });
  }

  get #policy(): string {
    return join(this.folder, "policy.json");
  }

  #program(name: string, script: string): void {
    writeFileSync(join(this.#bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}
