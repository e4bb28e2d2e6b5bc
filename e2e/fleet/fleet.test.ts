import { afterAll, beforeAll, beforeEach } from "vitest";
import { existingDefinitionsSuite } from "./existing-definitions.suite.ts";
import { Fleet, type Place } from "./fleet.ts";
import { fullExamplesSuite, Receiver } from "./full-examples.suite.ts";
import { lostRunnersSuite } from "./lost-runners.suite.ts";
import { rollingSuite } from "./rolling.suite.ts";
import { targetsSuite } from "./targets.suite.ts";

const web = (n: number, labels: Record<string, string> = {}): Place => ({
  name: `web-${n}`,
  pool: "web",
  labels: { env: "prod", ...labels },
});

const places: Place[] = [
  ...[web(1), web(2), web(3), web(4), web(5), web(6, { frozen: "true" })],
  { name: "app-1", pool: "default", labels: { app: "true", docker: "true", env: "staging" } },
  { name: "app-2", pool: "default", labels: { app: "true", env: "staging" } },
  { name: "db-primary", pool: "default", labels: { env: "prod" } },
  { name: "guarded", pool: "default", labels: { env: "dev" } },
];

let fleet: Fleet;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
  const gatewayEnv = { PULSE_OUTBOUND_HOSTS: `127.0.0.1:${receiver.port}` };
  fleet = await Fleet.start(places, { cuttable: ["app-1"], gatewayEnv });
}, 300_000);
afterAll(async () => {
  await fleet?.stop();
  receiver?.close();
}, 60_000);
beforeEach(() => fleet.forget());

existingDefinitionsSuite(() => fleet);
targetsSuite(() => fleet);
rollingSuite(() => fleet);
fullExamplesSuite(
  () => fleet,
  () => receiver,
);
lostRunnersSuite(() => fleet);
