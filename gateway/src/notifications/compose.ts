import { formatDuration } from "@pulse/schema/duration-text";
import type { MessageTemplate, NotificationEvent } from "@pulse/schema/wire/channel-rules";
import type { Happening, Subject } from "./happening.ts";
import type { Level, Notification } from "./messages/notification.ts";
import { shorten } from "./messages/shorten.ts";
import { filledIn, type Seen } from "./rules/matches.ts";

const titleMost = 500;
const textMost = 10_000;

interface Said {
  level: Level;
  title: string;
  text: string;
  facts: Notification["facts"];
  links: Notification["links"];
}

/** What a rule adds to what happened. */
export interface Telling {
  event: NotificationEvent;
  /** Failures in a row; 0 where that means nothing. */
  failures: number;
  template: MessageTemplate | null;
  /** Why the filter of the rule could not decide. */
  filterFault: string | null;
}

/** What expressions of a rule see of something that happened. */
export function seenOf(
  project: string,
  subject: Subject,
  event: string,
  said = { title: "", text: "" },
): Seen {
  const { execution, prompt, runner, deploy, split, quota } = subject;
  return {
    event,
    project,
    title: said.title,
    text: said.text,
    execution,
    prompt,
    runner,
    deploy,
    split,
    quota,
  };
}

/** Says what happened, in the words of the rule's template where it has one. Links are left out where the gateway has no address yet. */
export function compose(
  project: string,
  happening: Happening,
  telling: Telling,
  publicUrl: string,
): Notification {
  const { event, failures, template, filterFault } = telling;
  const usual = usually(happening, event, failures, publicUrl);
  const seen = seenOf(project, happening, event, usual);
  const faults: string[] = [];
  if (filterFault !== null) faults.push(`the filter of the rule could not decide: ${filterFault}`);
  const written = (field: "title" | "text") => {
    const asked = template?.[field];
    if (asked === undefined) return usual[field];
    const made = filledIn(asked, seen, happening.at);
    if (made.fault !== null)
      faults.push(`the ${field} of the template could not be filled in: ${made.fault}`);
    return made.text ?? usual[field];
  };
  // A template may make much of little.
  const [title, text] = [shorten(written("title"), titleMost), shorten(written("text"), textMost)];
  const { execution, prompt, runner, deploy, split, quota } = happening;
  return {
    ...{ event, level: usual.level, project, title },
    text: [text, ...faults.map((fault) => `(${fault})`)].filter((part) => part !== "").join("\n\n"),
    ...{ facts: usual.facts, lines: [], at: happening.at },
    links: publicUrl === "" ? [] : usual.links,
    data: { execution, prompt, runner, deploy, split, quota, ...(failures > 0 ? { failures } : {}) },
  };
}

function usually(happening: Happening, event: NotificationEvent, failures: number, publicUrl: string): Said {
  const { execution, prompt, runner, deploy, split, quota } = happening;
  const toExecution =
    execution === null
      ? []
      : [{ text: "Open the execution", url: `${publicUrl}/executions/${execution.id}` }];
  if (event === "prompt" && prompt !== null) {
    const answer = { text: "Answer", url: `${publicUrl}/answer/${prompt.id}` };
    const facts = prompt.expiresAt === null ? [] : [{ name: "Until", value: prompt.expiresAt }];
    const title = `${execution?.name ?? "A workflow"} waits for an answer`;
    return { level: "warning", title, text: prompt.message, facts, links: [answer, ...toExecution] };
  }
  if ((event === "runner-offline" || event === "runner-online") && runner !== null) {
    const isBack = event === "runner-online";
    return {
      level: isBack ? "good" : "bad",
      title: `The runner ${runner.name} is ${isBack ? "back" : "offline"}`,
      text: "",
      facts: facts([
        ["Pool", runner.pool],
        ["Last seen", isBack ? null : runner.lastSeenAt],
      ]),
      links: [{ text: "Open the runners", url: `${publicUrl}/runners` }],
    };
  }
  if (event === "deploy" && deploy !== null) {
    const isReady = deploy.status === "ready";
    return {
      level: isReady ? "good" : "bad",
      title: `${deploy.function}: version ${deploy.version} ${isReady ? "is ready" : "could not be built"}`,
      text: (isReady ? deploy.message : deploy.error) ?? "",
      facts: facts([["By", deploy.by]]),
      links: [{ text: "Open the function", url: `${publicUrl}/functions/${deploy.function}` }],
    };
  }
  if (event === "split-rollback" && split !== null) {
    return {
      level: "bad",
      title: `${split.function}: ${split.alias} went back to version ${split.version ?? "?"}`,
      text: split.reason,
      facts: facts([["Failing version", split.canary === null ? null : String(split.canary)]]),
      links: [{ text: "Open the function", url: `${publicUrl}/functions/${split.function}` }],
    };
  }
  if (event === "quota" && quota !== null) {
    const title = `${quota.percent} % of the quota for ${quota.quota} is used`;
    return { level: quota.percent >= 100 ? "bad" : "warning", title, text: "", facts: [], links: [] };
  }
  return ended(happening, event === "recovered", failures, toExecution);
}

const words: Readonly<Record<string, string>> = {
  failed: "failed",
  timed_out: "timed out",
  lost: "was lost with its runner",
  dead: "was given up",
};

function ended({ execution }: Happening, isRecovery: boolean, failures: number, links: Said["links"]): Said {
  const { name = "", status = "", version = null, runner = null } = execution ?? {};
  const rows = facts([
    ["Version", version === null ? null : String(version)],
    ["Runner", runner],
    [
      "Took",
      execution?.durationMs === null || execution === null ? null : formatDuration(execution.durationMs),
    ],
  ]);
  if (isRecovery) {
    const text = `after ${failures} ${failures === 1 ? "failure" : "failures"} in a row`;
    return { level: "good", title: `${name} succeeds again`, text, facts: rows, links };
  }
  const inARow = failures > 1 ? `, ${failures} times in a row` : "";
  const { reason = null, error = null } = execution ?? {};
  return {
    ...{ level: "bad", title: `${name} ${words[status] ?? status}${inARow}`, links },
    text: error?.message ?? reason ?? "",
    facts: [...facts([["Error", error?.code ?? reason]]), ...rows],
  };
}

function facts(pairs: [string, string | null][]): Said["facts"] {
  return pairs.flatMap(([name, value]) => (value === null || value === "" ? [] : [{ name, value }]));
}
