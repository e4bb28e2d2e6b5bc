import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { type DeployedCode, readDeployed } from "./draft-store.ts";
import type { Workbench } from "./workbench.ts";

/**
 * What a draft is compared with, followed while somebody else deploys or rolls back. Code that nobody has changed here is replaced by what stands now,
 * so that nobody goes on from what is old; a draft is never touched.
 */
export function followDeployed(
  bench: Workbench,
  first: DeployedCode | null,
  standing: Accessor<number>,
): [deployed: Accessor<DeployedCode | null>, setDeployed: (code: DeployedCode) => void] {
  const [deployed, setDeployed] = createSignal(first);
  const stopper = new AbortController();
  onCleanup(() => stopper.abort());
  const read = async (version: number) => {
    const code = await readDeployed(bench.name, version, stopper.signal).catch(() => null);
    // Not to be had now: the version known before stays, and the next change asks again.
    if (code === null || stopper.signal.aborted || version !== standing()) return;
    setDeployed(code);
    const isUntouched = bench.keeper.revision === null && bench.keeper.unwritten === null;
    if (!isUntouched || JSON.stringify(bench.body()) === JSON.stringify(code.body)) return;
    bench.replace(code.body);
    say(t("code.replaced", { version: String(version) }));
  };
  createEffect(
    on(standing, (version) => {
      if (version > 0 && version !== deployed()?.version) void read(version);
    }),
  );
  return [deployed, setDeployed];
}
