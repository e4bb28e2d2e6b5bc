import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeEnrolmentToken } from "../../runners/enrol.ts";
import type { Gateway } from "./gateway.ts";

const entry = fileURLToPath(new URL("../../../../runner/src/main.ts", import.meta.url));
const hourMs = 3_600_000;

/** The runner that `start` brings along: a process of its own that enrols and speaks the protocol like any other. */
export class BuiltInRunner {
  readonly #gateway: Gateway;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;
  #stopping = false;
  #failures = 0;

  constructor(gateway: Gateway, env: NodeJS.ProcessEnv) {
    this.#gateway = gateway;
    this.#env = env;
  }

  /** Starts it; it is started again with growing pauses when it dies. */
  async start(): Promise<void> {
    const stateDir = join(this.#gateway.dataDir, "runner");
    const enrolled = existsSync(join(stateDir, "identity.json"));
    const grant = {
      project: "default",
      pool: "default",
      labels: {},
      ephemeral: false,
      uses: 1,
      expiresInMs: hourMs,
    };
    const token = enrolled ? null : (await makeEnrolmentToken(this.#gateway.ports, grant)).token;
    const child = spawn(process.execPath, [entry], {
      // Its own group: Ctrl-C reaches us, and we end it in order.
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...this.#env,
        PULSE_GATEWAY: this.#gateway.url,
        PULSE_RUNNER_NAME: this.#env.PULSE_RUNNER_NAME ?? "local",
        PULSE_STATE_DIR: stateDir,
        ...(token === null ? {} : { PULSE_ENROLMENT_TOKEN: token }),
        PULSE_ADMIN_KEY: undefined,
        PULSE_MASTER_KEY: undefined,
      },
    });
    this.#child = child;
    const bornAt = Date.now();
    child.once("exit", (code) => {
      this.#child = null;
      if (this.#stopping) return;
      this.#failures = Date.now() - bornAt > 60_000 ? 1 : this.#failures + 1;
      const waitMs = Math.min(30_000, 500 * 2 ** this.#failures);
      this.#gateway.ports.log.warn("the built-in runner ended; it is started again", { code, waitMs });
      setTimeout(() => {
        if (!this.#stopping) this.#gateway.ports.background(this.start());
      }, waitMs).unref();
    });
  }

  /** Lets it finish what it has, then ends it; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    const force = setTimeout(() => child.kill("SIGKILL"), 20_000);
    child.kill("SIGTERM");
    await gone;
    clearTimeout(force);
  }

  /** Ends it now. */
  kill(): void {
    this.#stopping = true;
    this.#child?.kill("SIGKILL");
  }
}
