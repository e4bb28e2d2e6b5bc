import { join } from "node:path";
import type { Job } from "@pulse/schema/wire/job";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import type { JWK } from "jose";
import type { Clock } from "./clock.ts";
import type { Finished } from "./completions.ts";
import type { RunnerConfig } from "./config.ts";
import { Contents } from "./contents.ts";
import type { GatewayLink } from "./gateway.ts";
import type { Identity } from "./identity.ts";
import type { MaskerShelf } from "./masking/masker-shelf.ts";
import type { Gate } from "./policy/gate.ts";
import { Requests } from "./requests/requests.ts";
import { keepKeysYoung } from "./rotation.ts";
import { type JobContext, runJob } from "./run-job.ts";
import { SecretSource } from "./secrets.ts";
import { CommandHost } from "./shell/command-host.ts";
import { CommandPlaces } from "./shell/command-place.ts";
import { ImageCommands } from "./shell/image-commands.ts";
import { imageLimits } from "./shell/image-limits.ts";
import type { Spool } from "./spool/spool.ts";
import type { Workshop } from "./work.ts";
import type { Workplace } from "./workplace.ts";

/** Runs jobs on this machine: code in sandboxes, commands in its shell, with secrets and stored contents. */
export class MachineWorkplace implements Workplace {
  readonly #context: JobContext;
  readonly #config: RunnerConfig;
  readonly #identity: Identity;
  /** Keys that secrets may be sealed to: the present one first. */
  readonly #sealingKeys: JWK[];

  constructor(options: {
    config: RunnerConfig;
    identity: Identity;
    link: GatewayLink;
    clock: Clock;
    workshop: Workshop;
    gate: Gate;
    spool: Spool;
    instanceId: string;
    maskers: MaskerShelf;
    say: (line: string) => void;
  }) {
    const { config, identity, link, clock, workshop, gate, spool, instanceId, maskers, say } = options;
    this.#config = config;
    this.#identity = identity;
    this.#sealingKeys = [identity.sealingKey];
    const inImages = new ImageCommands({
      stateDir: config.stateDir,
      containers: () => workshop.containers ?? null,
      limits: () => imageLimits(gate.imageRules, config.memory),
    });
    this.#context = {
      ...{ link, clock, workshop, gate, spool, instanceId },
      contents: new Contents(join(config.stateDir, "contents"), link),
      commands: new CommandPlaces({
        ...{
          machine: new CommandHost(config.stateDir, gate),
          images: inImages,
          requests: new Requests(gate),
        },
      }),
      secrets: new SecretSource(() => this.#sealingKeys, config.vault),
      maskers,
      warn: say,
    };
  }

  get runtimes(): readonly string[] {
    return this.#context.workshop.runtimes;
  }

  get capabilities(): readonly string[] {
    const { workshop, gate } = this.#context;
    return [
      ...workshop.capabilities,
      ...(gate.takesCommands ? ["commands"] : []),
      ...(gate.takesRequests ? ["requests"] : []),
    ];
  }

  preparing(): string | null {
    return this.#context.workshop.preparing();
  }

  warm(): string[] {
    return this.#context.workshop.warm();
  }

  onChange(callback: () => void): void {
    this.#context.workshop.onChange(callback);
  }

  async clear(): Promise<Job[]> {
    return await this.#context.commands.findLeft(this.#context.warn);
  }

  async giveUp(job: Job): Promise<void> {
    if (job.kind === "command") await this.#context.commands.endLeft(job);
  }

  leave(job: Job): boolean {
    return job.kind === "command" && this.#context.commands.leave(job);
  }

  joined(ended: AbortSignal): void {
    const { link, warn } = this.#context;
    void keepKeysYoung({
      ...{ stateDir: this.#config.stateDir, link, identity: this.#identity, signal: ended, say: warn },
      onReplaced: ({ sealingKey }) => this.#sealingKeys.unshift(sealingKey),
    });
  }

  run(job: Job, stop: AbortController): Promise<Finished | null> {
    return runJob(job, this.#context, stop);
  }

  prewarm(orders: readonly WarmOrder[]): void {
    const { workshop, contents, secrets } = this.#context;
    workshop.prewarm(orders, {
      content: (sha256, signal) => contents.get(sha256, signal),
      open: (order) => secrets.of(order),
    });
  }

  async stop(): Promise<void> {
    // The networks of what runs in images go after it.
    await this.#context.commands.stop();
    await this.#context.workshop.stop();
  }
}
