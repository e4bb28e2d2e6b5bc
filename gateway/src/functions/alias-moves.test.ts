import { expect, test } from "vitest";
import { gatewayOfEachTest, signedIn } from "../auth/browser.suite.ts";

const gateway = gatewayOfEachTest();

test("a version says which aliases stand there, who moved them from where, and why; a move to where it stands keeps that", async () => {
  await gateway().addFunction("hello");
  const ana = await signedIn(gateway(), "ana", { default: "developer" });
  const live = async (version: number) =>
    (await (await ana.send("GET", `/v1/functions/hello/versions/${version}`)).json()).aliases;
  const move = (version: number, reason?: string) =>
    ana.send("PUT", "/v1/functions/hello/aliases/live", {
      version,
      ...(reason === undefined ? {} : { reason }),
    });
  const [first] = await live(1);
  expect(first).toMatchObject({ alias: "live", movedFrom: null, reason: null });
  const { client } = gateway().parts.ports.database;
  const { rows: columns } = await client.execute("SELECT name FROM pragma_table_info('versions')");
  const others = columns.map(({ name }) => String(name)).filter((name) => !["id", "number"].includes(name));
  await client.execute(
    `INSERT INTO versions (id, number, ${others.join(", ")}) SELECT 'ver_second', 2, ${others.join(", ")} FROM versions WHERE number = 1`,
  );
  await gateway().parts.clock.advance(1000);
  expect((await move(2)).status).toBe(200);
  await gateway().parts.clock.advance(1000);
  expect((await move(1, "v2 loses orders")).status).toBe(200);
  const rolledBack = { alias: "live", movedBy: "user:ana", movedFrom: 2, reason: "v2 loses orders" };
  expect(await live(1)).toMatchObject([rolledBack]);
  expect(await live(2)).toEqual([]);
  await gateway().parts.clock.advance(1000);
  await move(1);
  expect(await live(1)).toMatchObject([rolledBack]);
  const { items } = await (await ana.send("GET", "/v1/functions/hello/versions")).json();
  expect(items.map((one: { aliases: unknown[] }) => one.aliases.length)).toEqual([0, 1]);
});
