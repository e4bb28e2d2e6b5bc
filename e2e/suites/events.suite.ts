import { createKey, revokeKey } from "@pulse/schema/wire/auth";
import { patchFunction } from "@pulse/schema/wire/functions";
import { describe, expect, test } from "vitest";
import type { World } from "../world.ts";

interface Told {
  id: number;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it says what it is.
  data: any;
}

/** The stream of what changes, as browsers follow it. */
export function eventsSuite(world: () => World): void {
  /** Follows until `enough` of what was told; answers that and where to resume. */
  const follow = async (
    topics: string,
    after: string | null,
    enough: (told: readonly Told[]) => boolean,
    { begun = () => undefined as unknown, key = world().adminKey } = {},
  ): Promise<{ told: Told[]; lastId: string | null; ended: boolean }> => {
    const response = await fetch(`${world().url}/v1/events?topics=${topics}`, {
      headers: { authorization: `Bearer ${key}`, ...(after === null ? {} : { "last-event-id": after }) },
      signal: AbortSignal.timeout(60_000),
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const told: Told[] = [];
    let lastId = after;
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk);
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(text.slice(0, end))?.[1];
        const [id, event, data] = [field("id"), field("event"), field("data")];
        text = text.slice(end + 2);
        if (id !== undefined) lastId = id;
        if (event === undefined) continue;
        told.push({ id: Number(id), event, data: JSON.parse(data ?? "null") });
        if (event === "ready") begun();
        // To return is to leave: the loop cancels the body.
        if (enough(told)) return { told, lastId, ended: false };
      }
    }
    return { told, lastId, ended: true };
  };
  const accept = async (name: string, body: unknown = {}): Promise<string> => {
    const headers = { prefer: "respond-async" };
    const response = await world().call(`/f/${name}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers,
    });
    return ((await response.json()) as { id: string }).id;
  };
  const endsOf = (told: readonly Told[]) =>
    told.flatMap(({ event, data }) =>
      event === "executions" && data.execution.status === "succeeded" ? [data.execution.id as string] : [],
    );

  describe("events", () => {
    test("a stream that breaks off again and again tells of every end, and of no change twice", async () => {
      await world().deploy("told", { "index.ts": "export const handler = () => 1;" });
      let { lastId: after } = await follow("executions", null, (told) => told.length === 1);
      const ids = new Set(await Promise.all(Array.from({ length: 30 }, () => accept("told"))));
      const left = new Set(ids);
      const places: number[] = [];
      while (left.size > 0) {
        const note = (told: readonly Told[]) => {
          for (const id of endsOf(told)) left.delete(id);
          return told.length === 3 || left.size === 0;
        };
        // Each one leaves after two events; more of them may have come through the wire by then.
        const { told, lastId } = await follow("executions", after, note);
        expect(told[0]).toMatchObject({ event: "ready", data: { resumed: true } });
        places.push(...told.slice(1).map(({ id }) => id));
        after = lastId;
      }
      expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
      expect(places.length).toBeGreaterThanOrEqual(ids.size);
    });

    test("what happened while the gateway was down is told to whoever resumes", async () => {
      await world().deploy("told", { "index.ts": "export const handler = () => 1;" });
      const { lastId } = await follow("executions", null, (told) => told.length === 1);
      const id = await accept("told");
      await world().ended(id);
      await world().crashGateway();
      const { told } = await follow("executions", lastId, (some) => endsOf(some).includes(id));
      expect(told[0]).toMatchObject({ event: "ready", data: { resumed: true } });
    });

    test("a change of another kind reaches who follows that kind, as it is", async () => {
      await world().deploy("told", { "index.ts": "export const handler = () => 1;" });
      const params = { name: "told" };
      const change = () =>
        void world().client.call(patchFunction, { params, body: { minWarm: 0 }, signal: world().signal });
      const { told } = await follow("functions", null, (some) => some.length === 2, { begun: change });
      expect(told[1]).toMatchObject({
        event: "functions",
        data: { name: "told", function: { name: "told", settings: { minWarm: 0 } } },
      });
    });

    test("a place that was never there is answered with reset", async () => {
      const { told } = await follow("runners", "99999999", (some) => some.length === 1);
      expect(told).toMatchObject([{ event: "reset", data: {} }]);
    });

    test("a key that is revoked ends the stream", async () => {
      const { client, signal } = world();
      const body = { name: "follows", scopes: ["read"] };
      const { key } = await client.call(createKey, { body, signal });
      const revoke = () => void client.call(revokeKey, { params: { id: "follows" }, signal });
      const { ended } = await follow("runners", null, () => false, { begun: revoke, key });
      expect(ended).toBe(true);
    }, 70_000);
  });
}
