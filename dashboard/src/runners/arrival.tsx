import type { AuditEntry } from "@pulse/schema/wire/audit";
import type { RunnerView } from "@pulse/schema/wire/runners";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Match, onCleanup, Show, Switch } from "solid-js";
import { Button } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { exact, Moment } from "../ui/moment.tsx";
import { type Key, t } from "../words/words.ts";
import { factsOf } from "./facts-of.ts";
import { refusedQuery } from "./queries.ts";

/** A runner that does not come within this time may need a hint. */
const patienceMs = 60_000;
/** One that has enrolled asks for work at once. */
const enrolledPatienceMs = 10_000;

/** What to do about a refusal, by its code. */
const advice: Readonly<Record<string, Key>> = {
  enrolment_token_used: "runners.refused_used",
  enrolment_token_expired: "runners.refused_expired",
  enrolment_token_invalid: "runners.refused_invalid",
  name_taken: "runners.refused_name_taken",
  validation_failed: "runners.refused_name",
};

/** Whether the new runner is there; when it is not, what the gateway has seen of it, and what to do. */
export function Arrival(props: {
  newcomer: RunnerView | undefined;
  /** When its token was made. */
  since: string;
  /** Another token is wanted. */
  onAgain: () => void;
}): JSX.Element {
  const refused = useQuery(() => refusedQuery(props.since));
  const isLate = after(patienceMs);
  // It was made a moment before.
  const shownAt = performance.now();
  const waitedMs = () => performance.now() - shownAt;
  const online = () => (props.newcomer?.status === "online" ? props.newcomer : undefined);
  const refusals = () => dataOf(refused) ?? [];
  return (
    <div role="status">
      <Show
        when={online()}
        fallback={
          <div class="grid gap-2 rounded-md border border-line bg-sunken px-3 py-2">
            <p class="flex items-center gap-2">
              <Icon name="busy" class="animate-spin" />
              {t("runners.awaited")}
            </p>
            <Switch>
              <Match when={props.newcomer}>
                {(one) => <Enrolled name={one().name} now={() => Date.parse(props.since) + waitedMs()} />}
              </Match>
              <Match when={refusals().length > 0}>
                <ul class="grid gap-2">
                  <For each={refusals()}>{(entry) => <Refusal entry={entry} />}</For>
                </ul>
                <Button class="justify-self-start" onClick={() => props.onAgain()}>
                  {t("runners.make_another")}
                </Button>
              </Match>
              <Match when={isLate()}>
                <p>{t("runners.late_nothing")}</p>
                <ul class="list-disc pl-6 text-muted">
                  <li>{t("runners.late_reach")}</li>
                  <li>{t("runners.late_log")}</li>
                </ul>
                <CodeText text={`curl -fsS ${location.origin}/livez`} label={t("runners.late_reach")} wraps />
              </Match>
            </Switch>
          </div>
        }
      >
        {(runner) => (
          <p class="flex items-center gap-2 rounded-md border border-ok bg-ok-soft px-3 py-2 font-medium text-ok">
            <Icon name="done" />
            {t("runners.arrived", { name: runner().name })} {factsOf(runner())}
          </p>
        )}
      </Show>
    </div>
  );
}

/** It has a key of its own, and has not asked for work. */
function Enrolled(props: {
  name: string;
  /** The gateway's time, epoch ms. */
  now: () => number;
}): JSX.Element {
  const isLate = after(enrolledPatienceMs);
  return (
    <Show when={isLate()}>
      <p>{t("runners.late_enrolled", { name: props.name })}</p>
      <ul class="list-disc pl-6 text-muted">
        <li>{t("runners.late_time", { time: exact(new Date(props.now()).toISOString()) })}</li>
        <li>{t("runners.late_sandbox")}</li>
      </ul>
    </Show>
  );
}

function Refusal(props: { entry: AuditEntry }): JSX.Element {
  const known = () => (props.entry.code === null ? undefined : advice[props.entry.code]);
  const name = () => props.entry.target ?? "";
  return (
    <li class="grid gap-0.5">
      <p class="font-medium text-bad">
        {t("runners.refused", { name: name(), address: props.entry.address ?? "" })}{" "}
        <Moment at={props.entry.at} />
      </p>
      <p>
        {known()
          ? t(known() ?? "runners.refused_other", { name: name() })
          : t("runners.refused_other", { code: props.entry.code ?? "" })}
      </p>
    </li>
  );
}

/** Whether this much time has passed. */
function after(ms: number): () => boolean {
  const [isPassed, setPassed] = createSignal(false);
  const timer = setTimeout(() => setPassed(true), ms);
  onCleanup(() => clearTimeout(timer));
  return isPassed;
}
