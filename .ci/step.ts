import { spawn } from "node:child_process";

/** How a step of the run ended: null when well, else in words. */
export interface StepEnd {
  name: string;
  failure: string | null;
}

/** Runs a command to its end with its output shown, at most `mostMs`; prints what it took. The whole process group is ended when it is late. */
export async function runStep(
  name: string,
  command: string[],
  env: NodeJS.ProcessEnv,
  mostMs: number,
  print: (text: string) => void = (text) => process.stdout.write(text),
): Promise<StepEnd> {
  print(`\n== ${name}\n`);
  const started = performance.now();
  const failure = await outcomeOf(command, env, mostMs);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  print(`== ${name}: ${failure === null ? "ok" : `FAILED, ${failure}`}, ${seconds} s\n`);
  return { name, failure };
}

function outcomeOf([program = "", ...args]: string[], env: NodeJS.ProcessEnv, mostMs: number) {
  return new Promise<string | null>((resolve) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "inherit", "inherit"], detached: true });
    const endGroup = (signal: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch (error) {
        // The group ended between the check and the signal.
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
      }
    };
    let asked: NodeJS.Signals | null = null;
    const passOn = (signal: NodeJS.Signals) => {
      asked = signal;
      endGroup(signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, passOn);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup("SIGKILL");
    }, mostMs);
    const settle = (failure: string | null) => {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, passOn);
      // Whoever asked for the end of the step wants the end of the run.
      if (asked !== null) process.kill(process.pid, asked);
      resolve(failure);
    };
    child.once("error", (error) => settle(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => {
      if (late) settle(`stopped after ${mostMs / 60_000} min`);
      else settle(code === 0 ? null : `ended with ${signal ?? `code ${code}`}`);
    });
  });
}
