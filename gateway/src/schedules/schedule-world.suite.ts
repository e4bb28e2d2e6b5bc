import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";

/** A gateway over whose clock schedules come. */
export class ScheduleWorld {
  readonly gateway: TestGateway;

  private constructor(gateway: TestGateway) {
    this.gateway = gateway;
  }

  static async start(): Promise<ScheduleWorld> {
    return new ScheduleWorld(await TestGateway.start());
  }

  now(): number {
    return this.gateway.parts.clock.now();
  }

  async send(method: string, path: string, body?: unknown) {
    const headers = { "content-type": "application/json" };
    const given = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const response = await this.gateway.call(path, { method, ...given });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  }

  async get(path: string) {
    return (await this.send("GET", path)).body;
  }

  /** Lets time pass, and whoever keeps the schedules see to what came of that. */
  async pass(ms: number): Promise<void> {
    const { clock, core } = this.gateway.parts;
    await clock.advance(ms);
    await core.tick();
    await settle();
  }

  /** Ends it; returns what was logged as a problem. */
  async close(): Promise<unknown[]> {
    await settle();
    this.gateway.close();
    return this.gateway.parts.problems;
  }
}
