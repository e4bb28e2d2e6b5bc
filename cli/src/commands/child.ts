import { spawn } from "node:child_process";
import { takeOver } from "../interrupt.ts";

/**
 * Runs one of our programs in the foreground; resolves to its exit code, 130 or 143 after a signal. Ctrl-C reaches it by itself, for it is in our
 * group; SIGTERM is passed on. It takes as long to stop as it needs.
 */
export function endOf(args: string[], env: NodeJS.ProcessEnv, stdout: "inherit" | number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["inherit", stdout, "inherit"], env });
    const leave = takeOver((signal) => {
      if (signal === "SIGTERM") child.kill(signal);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      leave();
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}
