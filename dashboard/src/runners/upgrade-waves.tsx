import type { RunnerUpgrade, UpgradedRunner } from "@pulse/schema/wire/runner-upgrades";
import { A } from "@solidjs/router";
import { Index, type JSX, Show } from "solid-js";
import { counted, number, t } from "../words/words.ts";
import { runnerPath } from "./paths.ts";
import { partsOf } from "./upgrade-of.ts";
import { UpgradedBadge } from "./upgrade-status.tsx";

/** Who is upgraded in which wave, and who is not and why; the wave that is under way is open. */
export function UpgradeWaves(props: { upgrade: RunnerUpgrade }): JSX.Element {
  const parts = () => partsOf(props.upgrade);
  const isOver = () => props.upgrade.endedAt !== null;
  const done = (wave: readonly UpgradedRunner[]) => wave.filter(({ state }) => state === "upgraded").length;
  return (
    <div class="grid gap-1">
      {/* By their place: what is read again must not close what somebody opened. */}
      <Index each={parts().waves}>
        {(wave, at) => (
          <Group
            title={t("upgrades.wave", { wave: number(at + 1), waves: number(props.upgrade.waves) })}
            count={
              props.upgrade.state === "planned"
                ? counted("upgrades.runners", wave().length)
                : t("upgrades.done_of", { count: number(wave().length), done: number(done(wave())) })
            }
            isOpen={props.upgrade.state === "planned" ? at === 0 : at + 1 === props.upgrade.wave}
            isOver={isOver()}
            runners={wave()}
          />
        )}
      </Index>
      <Group
        title={t("upgrades.left")}
        count={counted("upgrades.runners", parts().left.length)}
        isOpen={props.upgrade.state === "planned"}
        isOver={isOver()}
        runners={parts().left}
      />
      <Group
        title={t("upgrades.current")}
        count={counted("upgrades.runners", parts().current.length)}
        isOpen={false}
        isOver={isOver()}
        runners={parts().current}
      />
    </div>
  );
}

function Group(props: {
  title: string;
  count: string;
  isOpen: boolean;
  isOver: boolean;
  runners: readonly UpgradedRunner[];
}): JSX.Element {
  return (
    <Show when={props.runners.length > 0}>
      <details open={props.isOpen} class="rounded-md border border-line px-3 py-1.5">
        <summary class="min-h-6">
          <span class="font-medium">{props.title}</span> <span class="text-muted">· {props.count}</span>
        </summary>
        <ul class="grid gap-1.5 py-2">
          <Index each={props.runners}>
            {(runner) => (
              <li class="grid gap-0.5">
                <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
                  <UpgradedBadge state={runner().state} isOver={props.isOver} />
                  <A
                    href={runnerPath(runner().name)}
                    class="inline-flex min-h-6 items-center break-all hover:underline"
                  >
                    {runner().name}
                  </A>
                </p>
                <Show when={runner().why}>
                  {(why) => <p class="text-xs break-words text-muted">{why()}</p>}
                </Show>
              </li>
            )}
          </Index>
        </ul>
      </details>
    </Show>
  );
}
