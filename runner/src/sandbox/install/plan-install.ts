import type { Language } from "@pulse/schema/wire/manifest";
import type { InstallPlan } from "./plan.ts";
import { planNpm } from "./plan-npm.ts";
import { planPip } from "./plan-pip.ts";

/** Reads from the files of a bundle what must be installed; null: nothing. Throws `CodeError` for what is never installed, with its place. */
export async function planInstall(
  runtime: Language,
  folder: string,
  { entry, allowScripts }: { entry: string; allowScripts: readonly string[] },
): Promise<InstallPlan | null> {
  return runtime === "typescript" ? planNpm(folder, allowScripts) : planPip(folder, entry);
}
