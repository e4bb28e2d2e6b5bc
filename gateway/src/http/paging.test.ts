import { afterAll, beforeAll, expect, test } from "vitest";
import { TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
  for (const name of ["a", "b", "c"]) {
    await gateway.addFunction(name);
    await gateway.call(`/f/${name}`, { headers: { prefer: "respond-async" } });
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: `key-${name}`, scopes: ["read"] }),
    };
    await gateway.call("/v1/keys", init);
  }
});
afterAll(() => gateway.close());

test.each(["/v1/functions", "/v1/executions", "/v1/keys"])(
  "the pages of %s hold everything once, each leading to the next by Link and by cursor",
  async (path) => {
    const all = (await (await gateway.call(path)).json()).items;
    const seen: unknown[] = [];
    let next: string | null = `${path}?limit=1`;
    while (next !== null) {
      const response: Response = await gateway.call(next);
      const { items, nextCursor } = await response.json();
      expect(items).toHaveLength(1);
      seen.push(...items);
      const link: string | undefined = /^<(.+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
      expect(link === undefined).toBe(nextCursor === null);
      next = link ?? null;
    }
    expect(seen).toEqual(all);
    expect(seen.length).toBeGreaterThanOrEqual(3);
  },
);

test.each(["/v1/executions", "/v1/runners", "/v1/functions/a/versions"])(
  "a cursor that %s did not give is refused",
  async (path) => {
    const response = await gateway.call(`${path}?cursor=%C3%A9!`);
    expect(response.status).toBe(422);
    expect((await response.json()).errors).toMatchObject([{ pointer: "/cursor" }]);
  },
);
