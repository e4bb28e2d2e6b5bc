import { getLogs } from "@pulse/schema/wire/executions";
import { describe, expect, test } from "vitest";
import { executionOf, type World } from "../world.ts";

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
      for await (const chunk of req.body) { bytes += chunk.length; for (let i = 0; i < chunk.length; i += 997) sum = (sum + chunk[i]) % 65521; }
      return Response.json({ bytes, sum });
    };
  `,
};

/** A body while it is under way, in both directions. */
export function streamsSuite(world: () => World): void {
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
      const input = { params: { id }, query: {}, headers: { accept: "text/plain" }, signal: world().signal };
      expect(await (await world().client.open(getLogs, input)).text()).toContain("saw the abort");
    });

    test("a function that breaks off in the middle cuts the caller's body, and is not tried again", async () => {
      await world().deploy("breaking", breaking);
      const response = await world().call("/f/breaking");
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow();
      expect(await world().ended(executionOf(response))).toMatchObject({ status: "failed", attempt: 1 });
    });

    test("50 MB arrive at the function unchanged, in order", async () => {
      await world().deploy("held", held);
      const block = new Uint8Array(1_000_003).map((_, i) => (i * 31) % 251);
      let left = 50;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left-- > 0) controller.enqueue(block.slice());
          else controller.close();
        },
      });
      const init = { method: "POST", body, duplex: "half" } as RequestInit;
      const response = await world().call("/f/held", init);
      expect(await response.json()).toMatchObject({ bytes: 50 * 1_000_003 });
    });
  });
}
