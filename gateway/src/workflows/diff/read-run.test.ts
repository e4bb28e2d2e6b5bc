import { expect, test } from "vitest";
import { EngineWorld } from "../runs/engine-world.suite.ts";
import { readRun } from "./read-run.ts";

const each = (items: unknown[], inner: object) => ({
  steps: [{ name: "many", type: "foreach", items, as: "n", maxItems: 10_000, steps: [inner] }],
});

test("a long output inside an item is kept as its beginning with a hash, a short one as it is", async () => {
  const world = await EngineWorld.make();
  const long = "x".repeat(5000);
  const inner = { name: "put", type: "set", set: { text: "n" } };
  const outputs = async (...items: string[]) => {
    const id = await world.start(each(items, inner));
    await world.play(id);
    const { steps, isWhole } = await readRun(world.ports, "default", id);
    expect(isWhole).toBe(true);
    return items.map((_, i) => steps.get(`many[${i}]/put`)?.output);
  };
  const [first, second, short] = await outputs(`${long}a`, `${long}b`, "c");
  expect(String(first).length).toBeLessThan(2000);
  expect(first).toMatch(/^\{"output":\{"text":"x+… \(\d+ characters, SHA-256 [0-9a-f]{16}…\)$/);
  expect(second).not.toBe(first);
  expect(short).toEqual({ output: { text: "c" } });
  expect(await outputs("z", `${long}a`)).toEqual([{ output: { text: "z" } }, first]);
  world.close();
});

test("of a run of very many steps the first are read, and it says that these are not all", async () => {
  const world = await EngineWorld.make();
  const items = Array.from({ length: 5100 }, (_, i) => i);
  const id = await world.start(each(items, { name: "put", type: "set", set: { n: "n" } }));
  await world.play(id);
  const { steps, isWhole } = await readRun(world.ports, "default", id);
  expect([isWhole, steps.size, steps.get("many")?.status]).toEqual([false, 5001, "succeeded"]);
  expect(steps.get("many[4999]/put")).toMatchObject({ status: "succeeded", output: { output: { n: 4999 } } });
  expect(steps.has("many[5000]/put")).toBe(false);
  world.close();
});
