import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FakeGateway } from "../fake-gateway.suite.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

/** A runner as a process that may be killed and started again over the same folder, and the gateway that it works for. */
export class KilledRunner {
  readonly gateway: FakeGateway;
  readonly folder = mkdtempSync(join(tmpdir(), "pulse-killed-"));
  process: ChildProcess | null = null;

  private constructor(gateway: FakeGateway) {
    this.gateway = gateway;
  }

  static async make(): Promise<KilledRunner> {
    return new KilledRunner(await FakeGateway.start());
  }

  start(more: NodeJS.ProcessEnv): void {
    const env = {
      ...more,
      PATH: process.env.PATH,
      PULSE_GATEWAY: this.gateway.url,
      PULSE_ENROLMENT_TOKEN: "pet_test",
      PULSE_RUNNER_NAME: "one",
      PULSE_STATE_DIR: this.folder,
      PULSE_COMMANDS: "allow",
    };
    this.process = spawn(process.execPath, [main], { env, stdio: "ignore" });
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const gone = this.process?.exitCode === null ? once(this.process, "exit") : null;
    this.process?.kill(signal);
    await gone;
    this.process = null;
  }

  /** The gateway says this of what a process that starts has in flight. */
  answerSessions(action: "continue" | "forget"): void {
    this.gateway.on("POST /session", ({ json }) => ({
      body: {
        ...{ epoch: 7, name: "one", config: this.gateway.config },
        reconcile: json.inFlight.map((one: object) => ({ ...one, action })),
      },
    }));
  }

  async close(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.process !== null) await this.end(signal);
    await this.gateway.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
