import type { ChildProcess } from "node:child_process";

/** How a command ended, and what it said. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** What a process says on its two streams, so far and when it has ended. */
export interface Heard {
  said: { readonly out: string; readonly err: string };
  ended: Promise<Ended>;
}

/** Listens to a process from now on. */
export function heard(child: ChildProcess): Heard {
  const said = { out: "", err: "" };
  child.stdout?.on("data", (chunk: Buffer) => {
    said.out += chunk.toString("utf8");
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    said.err += chunk.toString("utf8");
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...said }));
  });
  return { said, ended };
}
