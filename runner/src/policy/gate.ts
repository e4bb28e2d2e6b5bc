import { plainUrl } from "@pulse/schema/outgoing/plain-url";
import { ProblemError } from "@pulse/schema/problem";
import type { Job } from "@pulse/schema/wire/job";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import type { CommandJob } from "../work.ts";
import { formFault, isNamed, orderFault } from "./job-form.ts";
import { refusalOf, refusalOfOrder } from "./judge.ts";
import { modeOf, refusalOfCall, refusalOfCommand, refusalOfRequest, takesRequests } from "./judge-command.ts";
import { openPolicy, type orders, type Policy, type StartedWith } from "./policy.ts";
import { PolicyFile } from "./policy-file.ts";

/** What stands between a gateway and this machine: everything that it asks for passes here first. */
export class Gate {
  readonly #file: PolicyFile;
  readonly #say: (line: string) => void;
  readonly #gateway: string;
  readonly #commands: StartedWith;
  #said = "";

  /** Throws `validation_failed` for a policy that cannot be followed, and for a gateway or a sandbox that it does not allow. */
  constructor(options: {
    path: string | null;
    gateway: string;
    sandbox: "docker" | "process" | null;
    /** What commands and requests the runner was started with. */
    commands: StartedWith;
    say: (line: string) => void;
  }) {
    this.#commands = options.commands;
    this.#say = options.say;
    this.#gateway = options.gateway;
    this.#file = new PolicyFile(options.path, options.say);
    const why = this.#whyNot(options.sandbox);
    if (why !== null) throw new ProblemError("validation_failed", `the policy ${options.path} allows ${why}`);
  }

  /** Why this runner is not to be, with such sandboxes; null: it may. */
  #whyNot(sandbox: "docker" | "process" | null): string | null {
    return this.#asked((policy) => {
      const { gateways } = policy;
      if (gateways !== undefined && !gateways.some((one) => new URL(one).origin === this.#gateway))
        return `no work for ${this.#gateway}`;
      return sandbox === "process" && !policy.process ? "no code without a container around it" : null;
    });
  }

  /** Whether code may run without a container. */
  get mayUseProcess(): boolean {
    return this.#asked((policy) => (policy.process ? null : "")) === null;
  }

  /** Whether any commands may run on this machine. */
  get takesCommands(): boolean {
    return this.#asked((policy) => (modeOf(policy, this.#commands.mode) === "deny" ? "" : null)) === null;
  }

  /** Whether workflows may have this machine make any requests. */
  get takesRequests(): boolean {
    return this.#asked((policy) => (takesRequests(policy, this.#commands) ? null : "")) === null;
  }

  /** Why a URL may not be called for a workflow, in words; null: it may. */
  refusalOfCall(url: URL): string | null {
    return this.#asked((policy) => refusalOfCall(policy, this.#commands, url));
  }

  /** Where the commands are that this machine describes itself, and whether what a command starts may gain rights. */
  get commandRules(): { folder: string; sudo: boolean } {
    const policy = this.#file.now();
    const rules = typeof policy === "string" ? undefined : policy.commands;
    return { folder: rules?.dir ?? this.#commands.dir, sudo: rules?.sudo ?? true };
  }

  /** What a command in an image may have: bytes and processors (null: what the machine has), and whether it reaches any network. */
  get imageRules(): { memory: number | null; cpus: number | null; hasNetwork: boolean } {
    const policy = this.#file.now();
    const { memory = null, cpus = null, egress } = typeof policy === "string" ? openPolicy : policy;
    return { memory, cpus, hasNetwork: egress === "any" };
  }

  /** Reads the policy again. */
  reload(): void {
    this.#file.reload();
  }

  /** The jobs that name an execution at all. The others cannot even be answered. */
  named(jobs: readonly Job[]): Job[] {
    const found = jobs.filter(isNamed);
    if (found.length < jobs.length)
      this.#tell("the gateway sent jobs without a name: they are left where they are");
    return found;
  }

  /** Why a job is not run, in words; null: it is. `sandbox` is what it would run in. */
  refusalOf(job: Job, sandbox: "docker" | "process"): string | null {
    const fault = formFault(job);
    if (fault !== null) return `the gateway sent a malformed job: ${fault}`;
    const why =
      job.kind === "command"
        ? (this.#asked((policy) => this.#refusalOfCommand(policy, job)) ?? this.#whyNot(null))
        : (this.#asked((policy) => refusalOf(policy, job)) ?? this.#whyNot(sandbox));
    return why === null ? null : `this runner's policy refuses this: ${why}`;
  }

  #refusalOfCommand(policy: Policy, job: CommandJob): string | null {
    const { work } = job.spec;
    if (work.is !== "request") return refusalOfCommand(policy, this.#commands.mode, job);
    const url = plainUrl(work.url);
    return typeof url === "string" ? url : refusalOfRequest(policy, this.#commands, job, url);
  }

  /** The orders to keep warm that may be followed. */
  allowed(orders: readonly WarmOrder[]): WarmOrder[] {
    return orders.filter((order) => {
      const why = orderFault(order) ?? this.#asked((policy) => refusalOfOrder(policy, order));
      if (why !== null) this.#tell(`a version is not kept warm: ${why}`);
      return why === null;
    });
  }

  /** Whether the gateway may tell this runner that. */
  obeys(order: (typeof orders)[number]): boolean {
    const why = this.#asked((policy) => (policy.obeys.includes(order) ? null : `no "${order}"`));
    if (why !== null) this.#tell(`the gateway asks: ${order}; the policy says: ${why}`);
    return why === null;
  }

  /** Whether it may be told to put another version of itself in its place. */
  get mayUpdate(): boolean {
    return this.#asked((policy) => (policy.obeys.includes("update") ? null : "")) === null;
  }

  /** Once, not with every sync that says the same. */
  #tell(line: string): void {
    if (line === this.#said) return;
    this.#said = line;
    this.#say(line);
  }

  #asked(question: (policy: Policy) => string | null): string | null {
    const policy = this.#file.now();
    return typeof policy === "string" ? `nothing is allowed, for ${policy}` : question(policy);
  }
}
