import { afterAll, beforeAll, describe } from "vitest";
import { startWorkersGateway } from "./platforms/workers.ts";
import { peopleSuite } from "./suites/people.suite.ts";
import { type StartGateway, startWorld, type World } from "./world.ts";

const platforms: [name: string, how: { startGateway?: StartGateway }][] = [
  ["Node", {}],
  ["Workers", { startGateway: (given) => startWorkersGateway(given) }],
];

describe.each(platforms)("on %s", (_name, how) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ withoutRunner: true, ...how });
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);
  peopleSuite(() => world);
});
