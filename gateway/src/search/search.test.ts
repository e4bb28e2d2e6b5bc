import { expect, test } from "vitest";
import { gatewayOfEachTest, signedIn } from "../auth/browser.suite.ts";
import { HttpRunner } from "../runners/gateway.suite.ts";

const gateway = gatewayOfEachTest();
const json = { "content-type": "application/json" };
const send = (method: string, path: string, body: unknown) =>
  gateway().call(path, { method, headers: json, body: JSON.stringify(body) });

interface Item {
  kind: string;
  id: string;
  name: string;
  status: string | null;
}
const find = async (query: string): Promise<Item[]> =>
  (await (await gateway().call(`/v1/search?${query}`)).json()).items;
const told = (items: Item[]) => items.map(({ kind, name }) => `${kind} ${name}`);

test("everything with a name is found by a part of it, what begins with it first, in whatever case", async () => {
  for (const name of ["resize", "a-resize", "other"]) await gateway().addFunction(name);
  await HttpRunner.join(gateway(), "resizer-01");
  const target = { function: "resize" };
  await send("PUT", "/v1/workflows/resize-all", { steps: [{ name: "Wait", type: "wait", duration: 1 }] });
  await send("POST", "/v1/webhooks", { name: "resized", provider: "github", target });
  await send("POST", "/v1/schedules", { name: "resizes", every: "1h", target });
  const settings = { type: "slack", url: "https://hooks.example.test/x" };
  await send("POST", "/v1/channels", { name: "resize-news", settings });
  expect(told(await find("q=RESIZ"))).toEqual([
    "function resize",
    "function a-resize",
    "workflow resize-all",
    "runner resizer-01",
    "webhook resized",
    "schedule resizes",
    "channel resize-news",
  ]);
  expect(told(await find("q=resiz&limit=1")).filter((one) => one.startsWith("function"))).toEqual([
    "function resize",
  ]);
  expect(await find("q=nothing-like-it")).toEqual([]);
  expect(await find("q=%25")).toEqual([]);
});

test("an execution is found by the beginning of its id, and by the whole name of what ran", async () => {
  await gateway().addFunction("hello");
  const call = async () =>
    (
      await (
        await gateway().call("/f/hello", { method: "POST", headers: { prefer: "respond-async" } })
      ).json()
    ).id as string;
  const first = await call();
  await gateway().parts.clock.advance(1000);
  const second = await call();
  expect(await find(`q=${first}`)).toMatchObject([
    { kind: "execution", id: first, name: "hello", status: "queued" },
  ]);
  expect((await find(`q=${first.slice(0, 8)}`)).map(({ id }) => id)).toEqual([second, first]);
  const named = (await find("q=hello")).filter(({ kind }) => kind === "execution");
  expect(named.map(({ id }) => id)).toEqual([second, first]);
  expect((await find("q=hell")).filter(({ kind }) => kind === "execution")).toEqual([]);
});

test("nothing without a text, and nothing too long", async () => {
  for (const query of ["", "q=", "q=%20", `q=${"x".repeat(101)}`, "q=a&limit=21", "q=a&kind=runner"])
    expect([query, (await gateway().call(`/v1/search?${query}`)).status]).toEqual([query, 422]);
});

test("a workflow that somebody may not view is not found, nor a run of it", async () => {
  const ask = { id: "ask", name: "Ask", type: "prompt", message: "Go on?" };
  await send("PUT", "/v1/workflows/hidden", { permissions: { view: ["user:ana"] }, steps: [ask] });
  const { id } = await (await send("POST", "/v1/workflows/hidden/executions", {})).json();
  const foundBy = async (name: string) => {
    const person = await signedIn(gateway(), name, { default: "viewer" });
    const search = async (q: string) =>
      told((await (await person.send("GET", `/v1/search?q=${q}`)).json()).items);
    return [await search("hidden"), await search(id)];
  };
  expect(await foundBy("ana")).toEqual([["workflow hidden", "execution hidden"], ["execution hidden"]]);
  expect(await foundBy("ben")).toEqual([[], []]);
});
