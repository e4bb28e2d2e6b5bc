import { describe, expect, test } from "vitest";
import type { World } from "../world.ts";

const typescript = `
  export const handler = async ({ about }, { kv }) => {
    const refused = (work) => work.then(() => "done", (error) => error.code);
    const first = await kv.set("counter", { is: "né" }, { ifVersion: 0 });
    const second = await kv.set("counter", 2, { ifVersion: first.version });
    const stale = await refused(kv.set("counter", 3, { ifVersion: first.version }));
    const taken = await refused(kv.set("counter", 4, { ifVersion: 0 }));
    await kv.set("brief", "here", { ttl: 1 });
    const brief = [await kv.get("brief")];
    await new Promise((resolve) => setTimeout(resolve, 1100));
    brief.push(await kv.get("brief"));
    await kv.shared("desk").set(about, "from TypeScript");
    return {
      counter: await kv.get("counter"), isLater: second.version > first.version, stale, taken, brief,
      closed: await refused(kv.shared("closed").get(about)), own: await kv.get(about),
      gone: [await kv.delete("counter"), await kv.delete("counter"), await kv.get("counter")],
    };
  };
`;
const python = `
import time

def refused(work):
    try:
        work()
        return "done"
    except Exception as error:
        return error.code

def handler(event, ctx):
    kv, about = ctx.kv, event["about"]
    first = kv.set("counter", {"is": "né"}, if_version=0)
    second = kv.set("counter", 2, if_version=first["version"])
    stale = refused(lambda: kv.set("counter", 3, if_version=first["version"]))
    taken = refused(lambda: kv.set("counter", 4, if_version=0))
    kv.set("brief", "here", ttl=1)
    brief = [kv.get("brief")]
    time.sleep(1.1)
    brief.append(kv.get("brief"))
    heard = kv.shared("desk").get(about)
    kv.shared("desk").set(about, "from Python")
    return {
        "counter": kv.get("counter"), "isLater": second["version"] > first["version"], "stale": stale, "taken": taken, "brief": brief,
        "closed": refused(lambda: kv.shared("closed").get(about)), "own": kv.get(about),
        "gone": [kv.delete("counter"), kv.delete("counter"), kv.get("counter")], "heard": heard,
    }
`;
const kept = {
  ...{ counter: 2, isLater: true, stale: "precondition_failed", taken: "precondition_failed" },
  ...{ brief: ["here", null], closed: "forbidden", own: null, gone: [true, false, null] },
};

/** What functions keep, in both languages: compare and set, expiry, and a space that two functions share. */
export function kvSuite(world: () => World): void {
  describe("ctx.kv", () => {
    test("a function keeps values, a stale version writes nothing, time ends them, and two languages share a space", async () => {
      const settings = { kv: { shared: ["desk"] } };
      await Promise.all([
        world().deploy("keeps", { "index.ts": typescript }, { settings }),
        world().deploy("py-keeps", { "main.py": python }, { runtime: "python", settings }),
      ]);
      const body = JSON.stringify({ about: "ada" });
      const call = async (name: string) => {
        const answer = await world().call(`/f/${name}`, { method: "POST", body });
        return [answer.status, await answer.json()];
      };
      expect(await call("keeps")).toEqual([200, kept]);
      expect(await call("py-keeps")).toEqual([200, { ...kept, heard: "from TypeScript" }]);
      const shared = await world().call("/v1/kv/shared:desk/entry?key=ada");
      expect(await shared.json()).toMatchObject({ key: "ada", value: "from Python", expiresAt: null });
      // Each function had a counter of its own, which it deleted.
      expect((await world().call("/v1/kv/keeps/entry?key=counter")).status).toBe(404);
    });
  });
}
