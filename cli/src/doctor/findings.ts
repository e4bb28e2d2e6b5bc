import { type HealthCode, healthCodes, healthFindings, healthWords } from "@pulse/schema/health-words";
import type { Messages } from "../messages/en.ts";
import type { Check } from "./checks.ts";
import { type HealthName, healthNames } from "./health.ts";

type Text = keyof Messages;

/** What `doctor` may find that needs something done: the text that says it (null: what the server or the file says), and the one that says what to do. */
type Finding = readonly [found: Text | null, fix: Text];

/** What the checks of this command itself may find. A test holds it against their code. */
export const ownFindings: Readonly<
  Record<Exclude<Check["name"], HealthName> | "store" | "runner", readonly Finding[]>
> = {
  gateway: [
    ["unreachable", "fixGateway"],
    [null, "fixNotReady"],
  ],
  version: [
    ["versionsAre", "fixOwnVersion"],
    ["versionsAre", "fixTheirVersion"],
  ],
  clock: [["clockApart", "fixClock"]],
  key: [
    ["noKey", "tryLogin"],
    ["keyExpires", "fixKey"],
  ],
  runner: [[null, "fixMayRead"]],
  store: [
    ["storeLow", "fixStore"],
    ["storeSpent", "fixStore"],
  ],
  runtimes: [
    ["noRuntime", "fixRunner"],
    ["noRuntime", "fixWait"],
    ["runtimeMissing", "fixPython"],
    ["runtimesUnknown", "fixMayRead"],
  ],
  docker: [
    ["noDocker", "fixDocker"],
    ["dockerAnswers", "fixOldEngine"],
  ],
  cgroups: [["cgroupsOld", "fixCgroups"]],
  limits: [["limitsMissing", "fixLimits"]],
  isolation: [
    ["noSeccomp", "fixSeccomp"],
    ["noUserns", "fixUserns"],
  ],
  kernel: [
    ["noRuntimeNamed", "fixRuntime"],
    ["noHostSockets", "fixHostSockets"],
  ],
  neighbours: [["neighboursReach", "fixNeighbours"]],
  restarts: [["noLiveRestore", "fixLiveRestore"]],
  disk: [
    ["diskFree", "fixDisk"],
    ["diskUnknown", "fixDisk"],
  ],
  python: [
    ["noPython", "fixPython"],
    ["pythonOld", "fixPython"],
  ],
  policy: [[null, "fixPolicy"]],
  commands: [
    [null, "fixPolicy"],
    [null, "fixDescribed"],
    ["commandsNone", "fixNoneDescribed"],
    ["commandsAllow", "fixRootCommands"],
  ],
};

/** A row of what `doctor` may say: the check's name as it is printed, what was found (null: it differs), and what to do. */
export interface Advice {
  check: string;
  found: string | null;
  fix: string;
}

/** Everything that `doctor` may say and that needs something done, in the words it prints; what differs each time is `…`. */
export function allAdvice(messages: Messages, language: keyof typeof healthWords): Advice[] {
  const bare = (text: string) => text.replace(/\{\w+\}/g, "…");
  // The keys of the table are the checks.
  const own = (Object.keys(ownFindings) as (keyof typeof ownFindings)[]).flatMap((name) =>
    ownFindings[name].map(([found, fix]) => ({
      check: messages[`check_${name}`],
      found: found === null ? null : bare(messages[found]),
      fix: bare(messages[fix]),
    })),
  );
  const told = healthCodes.flatMap((code: HealthCode) => {
    const [found, fix] = healthWords[language][code];
    const check = messages[`check_${healthNames[healthFindings[code][0]]}`];
    return fix === null ? [] : [{ check, found: bare(found), fix: bare(fix) }];
  });
  return [...own, ...told];
}
