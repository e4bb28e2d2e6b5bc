import { readdirSync, readFileSync } from "node:fs";
import v8 from "node:v8";
import vm from "node:vm";
import type { Language } from "@pulse/schema/wire/manifest";
import { describe, expect, test, vi } from "vitest";
import type { AttemptEnd, FunctionJob, Workshop } from "../work.ts";
import {
  type Code,
  closesLine,
  deaf,
  exits,
  exitsInLoad,
  exitsInStream,
  flood,
  hoards,
  lateAnswer,
  prints,
  processId,
  spawns,
  worksOn,
} from "./facts-code.suite.ts";
import { deploy, RecordingLink } from "./recording-link.suite.ts";

const mebibyte = 2 ** 20;
const tenSeconds = { timeout: 15_000 };

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc") as () => void; // The global that the flag makes.

/** Bytes that buffers hold, without what nobody needs any more. */
function bufferBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** A call that has been started. */
interface Started {
  link: RecordingLink;
  ended: Promise<AttemptEnd>;
  stop: AbortController;
}

/** What no case can say: ends that are told by the process, the clock or the caller, and what must not be left afterwards. */
export function factsSuite(
  runtime: Language,
  kind: "process" | "docker",
  workshop: () => Workshop,
  folder: () => string,
  hasOwnKernel = false,
): void {
  const versionOf = async (code: Code, settings: FunctionJob["spec"]["settings"] = {}) => {
    const name = runtime === "typescript" ? "index.js" : "main.py";
    const deployed = await deploy(folder(), runtime, { [name]: code[runtime] }, settings);
    return (timeoutMs = 60_000, prepare: (link: RecordingLink) => void = () => undefined): Started => {
      const link = new RecordingLink(deployed.archive);
      prepare(link);
      const stop = new AbortController();
      return { link, stop, ended: workshop().run(deployed.call({ timeoutMs }), link, stop.signal) };
    };
  };

  describe("streams", () => {
    test("a reader that stalls stops the function, and 64 MiB pass in little memory", {
      timeout: 40_000,
    }, async () => {
      const start = await versionOf(flood);
      const goOn = Promise.withResolvers<void>();
      const seen = { bytes: 0, most: 0 };
      const before = bufferBytes();
      const { link, ended } = start(60_000, (one) => {
        one.reader = async (body) => {
          await goOn.promise;
          for await (const part of body) {
            seen.bytes += part.length;
            if (seen.bytes % (4 * mebibyte) > part.length) continue;
            seen.most = Math.max(seen.most, bufferBytes() - before);
          }
        };
      });
      await link.until(() => link.text.includes("stuck at"));
      const stuckAt = Number(/stuck at (\d+)/.exec(link.text)?.[1]);
      expect(stuckAt).toBeGreaterThan(0);
      expect(stuckAt).toBeLessThan(mebibyte);
      goOn.resolve();
      const end = await ended;
      await link.bodyRead;
      expect([end.status, seen.bytes]).toEqual(["succeeded", 64 * mebibyte]);
      expect(seen.most).toBeLessThan(16 * mebibyte);
    });

    test("a reader that leaves stops the function and is no success", tenSeconds, async () => {
      const start = await versionOf(flood);
      const { link, ended } = start(60_000, (one) => {
        one.reader = async (body) => {
          const reader = body.getReader();
          await reader.read();
          await reader.cancel();
        };
      });
      expect(await ended).toMatchObject({ status: "cancelled", truncated: true });
      expect(link.text).toContain("heard disconnected");
    });

    test("a stream that is cut by its timeout ends with an error, and is truncated", tenSeconds, async () => {
      const { link, ended } = (await versionOf(flood))(1000, (one) => {
        // Nobody reads, so it cannot end by itself.
        one.reader = (body) => body.getReader().closed.then(() => undefined);
      });
      expect(await ended).toMatchObject({ status: "timed_out", truncated: true });
      await link.bodyRead;
      expect(link.bodyError).toBeInstanceOf(Error);
    });
  });

  describe.concurrent("ends", () => {
    test("an answer after the timeout reaches nobody", tenSeconds, async () => {
      const { link, ended } = (await versionOf(lateAnswer))(1000);
      expect(await ended).toMatchObject({ status: "timed_out", reason: "timed_out", truncated: false });
      expect([link.responses, link.text]).toEqual([0, expect.stringContaining("heard timed_out")]);
    });

    test("an answer after a cancellation reaches nobody", tenSeconds, async () => {
      const { link, ended, stop } = (await versionOf(lateAnswer))();
      await link.until(() => link.text.includes("waiting"));
      stop.abort("cancelled");
      expect(await ended).toMatchObject({ status: "cancelled", reason: "cancelled", truncated: false });
      expect([link.responses, link.text]).toEqual([0, expect.stringContaining("heard cancelled")]);
    });

    test("a function that hears no signal is ended by force", tenSeconds, async () => {
      const { link, ended } = (await versionOf(deaf))(1000);
      expect(await ended).toMatchObject({ status: "timed_out" });
      expect(link.text).toContain("here");
    });

    test(
      "a process that exits is a crash with its code, and a last line needs no line end",
      tenSeconds,
      async () => {
        const { link, ended } = (await versionOf(exits))();
        const end = await ended;
        expect(end).toMatchObject({ status: "failed", reason: "crashed", truncated: false });
        expect(end.error?.message).toContain("exited with code 3");
        expect(link.lines.map(({ d }) => d)).toContain("no line end");
      },
    );

    test(
      "a process that exits in its stream breaks the body off after what was sent",
      tenSeconds,
      async () => {
        const { link, ended } = (await versionOf(exitsInStream))();
        expect(await ended).toMatchObject({ status: "failed", reason: "crashed", truncated: true });
        await link.bodyRead;
        expect([link.body.toString(), link.bodyError]).toEqual(["first", expect.any(Error)]);
      },
    );

    test("a process that ends while it loads is an init_error with its last words", tenSeconds, async () => {
      const { link, ended } = (await versionOf(exitsInLoad))();
      const end = await ended;
      expect(end).toMatchObject({ status: "failed", reason: "init_error" });
      expect(end.error?.message).toMatch(/exited with code 4 while the code was loaded.*no licence/);
      expect([link.responses, link.text]).toEqual([0, expect.stringContaining("no licence")]);
    });

    test("50 MB of prints arrive whole, the last one without a line end too", {
      timeout: 40_000,
    }, async () => {
      const { link, ended } = (await versionOf(prints))();
      expect(await ended).toMatchObject({ status: "succeeded" });
      expect(link.lines.filter(({ d }) => d.length === 2499)).toHaveLength(20_000);
      expect(link.lines.at(-1)?.d).toBe("last");
    });

    test("work after the response holds the slot, not the outcome", tenSeconds, async () => {
      const start = await versionOf(worksOn);
      const first = start();
      expect(await first.ended).toMatchObject({ status: "succeeded" });
      // It has not waited for the work, which goes on.
      expect(first.link.lines).toEqual([]);
      const second = await start().ended;
      expect(second.timing.start).not.toBe("warm");
      await first.link.until(() => first.link.lines.some(({ d }) => d === "done"));
      expect(first.link.lines.map(({ d }) => d)).toEqual(["done"]);
    });

    test("calls of a cold version that may run together share one process", tenSeconds, async () => {
      const start = await versionOf(processId, { concurrency: 4 });
      const calls = [start(), start(), start(), start()];
      for (const { ended } of calls) expect(await ended).toMatchObject({ status: "succeeded" });
      expect(new Set(calls.map(({ link }) => link.body.toString())).size).toBe(1);
    });

    // With a kernel of its own they are no processes of this machine.
    test.skipIf(hasOwnKernel).each(["child", "child in a session of its own"])(
      "a %s is gone with the sandbox",
      tenSeconds,
      async (which) => {
        const marker = `stray-${crypto.randomUUID()}`;
        const start = await versionOf(spawns(marker, which !== "child"), { reuse: "never" });
        const { link, ended, stop } = start();
        await link.until(() => link.text.includes("spawned"));
        // A program that has just been started has no command line yet.
        await vi.waitFor(() => expect(processesWith(marker)).toHaveLength(1));
        stop.abort("cancelled");
        expect(await ended).toMatchObject({ status: "cancelled" });
        expect(processesWith(marker)).toEqual([]);
      },
    );

    test("a child that outlives a process that exited is gone", tenSeconds, async () => {
      const marker = `stray-${crypto.randomUUID()}`;
      const { ended } = (await versionOf(spawns(marker, true, true)))();
      expect(await ended).toMatchObject({ reason: "crashed" });
      expect(processesWith(marker)).toEqual([]);
    });

    // Python cannot close a socket that a thread of its own is reading from, and standard output is held open by process 1 too.
    if (runtime === "typescript" && !hasOwnKernel) {
      test("a closed line to the runner is a crash at once", tenSeconds, async () => {
        const { ended } = (await versionOf(closesLine))();
        const end = await ended;
        expect(end).toMatchObject({ status: "failed", reason: "crashed" });
        expect(end.error?.message).toContain("closed its line to the runner");
      });
    }

    test("a process after a crash serves nothing more; the next call has a new one", tenSeconds, async () => {
      const start = await versionOf(exits);
      await start().ended;
      expect(await start().ended).toMatchObject({
        reason: "crashed",
        timing: { start: expect.stringMatching(/stem|cold/) },
      });
    });
  });

  // A bare process has no limit of memory.
  if (kind === "process") return;
  describe.concurrent("memory", () => {
    test("more than a call may have is out_of_memory", { timeout: 30_000 }, async () => {
      const { ended } = (await versionOf(hoards(false), { memory: 96 * mebibyte }))();
      expect(await ended).toMatchObject({ status: "failed", reason: "out_of_memory" });
    });

    test("more than a load may have is out_of_memory", { timeout: 30_000 }, async () => {
      const { ended } = (await versionOf(hoards(true), { memory: 96 * mebibyte }))();
      expect(await ended).toMatchObject({ status: "failed", reason: "out_of_memory" });
    });
  });
}

/** Processes of this machine, in containers too, with a word in their command line. */
function processesWith(marker: string): string[] {
  const commandOf = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  };
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && commandOf(name).includes(marker));
}
