import { getLogs } from "@pulse/schema/wire/executions";
import { describe, expect, test } from "vitest";
import { until } from "../platforms/node.ts";
import { executionOf, type World } from "../world.ts";
import { expectFlatMemory } from "./memory.ts";

const endless = {
  "index.ts": `
    export default (req, ctx) => {
      ctx.signal.addEventListener("abort", () => console.log("saw the abort"));
      return new Response(new ReadableStream({
        async pull(c) { c.enqueue(new TextEncoder().encode("part ")); await new Promise((r) => setTimeout(r, 50)); },
      }));
    };
  `,
};

const breaking = {
  "index.ts": `
    export default () => { let n = 0; return new Response(new ReadableStream({
      async pull(c) { if (n++ < 5) c.enqueue(new TextEncoder().encode("part ")); else { await new Promise((r) => setTimeout(r, 300)); throw new Error("broke off"); } },
    })); };
  `,
};

const held = {
  "index.ts": `
    export default async (req) => {
      let bytes = 0, sum = 0;
      for await (const chunk of req.body) for (const byte of chunk) sum = (sum * 31 + byte + ++bytes) % 65521;
      return Response.json({ bytes, sum });
    };
  `,
};

/** Bytes that tell when one is missing or out of place. */
const block = new Uint8Array(1_000_003).map((_, i) => (i * 31) % 251);

function blocksOf(count: number): ReadableStream<Uint8Array> {
  let left = count;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(block.slice());
      else controller.close();
    },
  });
}

/** What `held` answers for that many blocks. */
function sumOf(count: number): number {
  let [bytes, sum] = [0, 0];
  for (let i = 0; i < count; i++) for (const byte of block) sum = (sum * 31 + byte + ++bytes) % 65521;
  return sum;
}

/** A body while it is under way, in both directions. */
export function streamsSuite(world: () => World): void {
  const logOf = async (id: string) => {
    const input = { params: { id }, query: {}, headers: { accept: "text/plain" }, signal: world().signal };
    return await (await world().client.open(getLogs, input)).text();
  };

  describe("streams", () => {
    test("a caller who leaves in the middle of a response stops the function", async () => {
      await world().deploy("endless", endless);
      const leave = new AbortController();
      const response = await world().call("/f/endless", { signal: leave.signal });
      const reader = response.body?.getReader();
      expect(new TextDecoder().decode((await reader?.read())?.value)).toContain("part");
      leave.abort();
      const id = executionOf(response);
      expect(await world().ended(id)).toMatchObject({ status: expect.stringMatching(/cancelled|failed/) });
      expect(await logOf(id)).toContain("saw the abort");
    });

    test("a function that breaks off in the middle cuts the caller's body, and is not tried again", async () => {
      await world().deploy("breaking", breaking);
      const response = await world().call("/f/breaking");
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow();
      expect(await world().ended(executionOf(response))).toMatchObject({ status: "failed", attempt: 1 });
    });

    test("50 MB arrive at the function unchanged and in order, and three times as much is never held", async () => {
      await world().deploy("held", held);
      const send = async (blocks: number) => {
        const init = { method: "POST", body: blocksOf(blocks), duplex: "half" } as RequestInit;
        return await (await world().call("/f/held", init)).json();
      };
      // A first one, for what a garbage collector lets pile up before it starts is no body that is held.
      expect(await send(50)).toEqual({ bytes: 50 * block.length, sum: sumOf(50) });
      const answer = await expectFlatMemory(world(), 100_000_000, () => send(150));
      expect(answer).toMatchObject({ bytes: 150 * block.length });
    });

    test("a caller who breaks off in the middle of a request aborts the function, which never sees it as whole", async () => {
      await world().deploy("counts", {
        "index.ts": `
          export default async (req, ctx) => {
            ctx.signal.addEventListener("abort", () => console.log("saw the abort"));
            let bytes = 0;
            for await (const chunk of req.body) { if (bytes === 0) console.log("began"); bytes += chunk.length; }
            console.log("whole");
            return Response.json({ bytes });
          };
        `,
      });
      const leave = new AbortController();
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const init = { method: "POST", body: readable, duplex: "half", signal: leave.signal } as RequestInit;
      const call = world().call("/f/counts", init);
      const writer = writable.getWriter();
      await writer.write(block);
      const id = await until("it began", async () => {
        const list = await world().call("/v1/executions?name=counts&status=running");
        const found = ((await list.json()) as { items: { id: string }[] }).items[0];
        return found !== undefined && (await logOf(found.id)).includes("began") ? found.id : null;
      });
      leave.abort();
      await expect(call).rejects.toThrow();
      expect(await world().ended(id)).toMatchObject({ status: expect.stringMatching(/cancelled|failed/) });
      expect(await logOf(id)).toContain("saw the abort");
      expect(await logOf(id)).not.toContain("whole");
    });
  });
}
