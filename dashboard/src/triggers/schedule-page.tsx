import type { ScheduleView } from "@pulse/schema/wire/schedules";
import { useParams } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { ActButton } from "../ui/act-button.tsx";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { lasting, Moment } from "../ui/moment.tsx";
import { Page } from "../ui/page.tsx";
import { Panel } from "../ui/panel.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { NextTimes } from "./next-times.tsx";
import { kindPath } from "./paths.ts";
import { PausedBadge } from "./paused-badge.tsx";
import { RemoveButton } from "./remove-button.tsx";
import {
  nextQuery,
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  runNow,
  scheduleQuery,
} from "./schedule-queries.ts";
import { overlapWords, timingText } from "./schedule-text.ts";
import { TargetFacts } from "./target-facts.tsx";
import { tickWords } from "./tick-status.tsx";
import { TicksPanel } from "./ticks-panel.tsx";

const ScheduleDialog = lazily(
  async () => (await import("./schedule-dialog.tsx")).ScheduleDialog,
  [],
  () => null,
);

/** One schedule: when it comes, whether it is paused and why, and what became of its ticks. */
export function SchedulePage(): JSX.Element {
  const params = useParams<{ id: string }>();
  const schedule = useQuery(() => scheduleQuery(params.id));
  const [isPausing, setPausing] = createSignal(false);
  const [reason, setReason] = createSignal("");
  const [edited, setEdited] = createSignal<ScheduleView>();
  const view = () => dataOf(schedule);
  const name = () => view()?.name ?? params.id;
  const run = async () => {
    const { status, reason } = await runNow(params.id);
    say(reason === null ? t(tickWords[status]) : `${t(tickWords[status])}: ${reason}`);
  };
  return (
    <Page
      title={name()}
      actions={
        <Show when={view()}>
          {(one) => (
            <>
              <Allowed scope="execute">
                <ActButton look="primary" name={t("schedules.run_now")} act={run} />
              </Allowed>
              <Allowed scope="deploy">
                <Show
                  when={one().enabled}
                  fallback={<ActButton name={t("schedules.resume")} act={() => resumeSchedule(params.id)} />}
                >
                  <Button onClick={() => setPausing(true)}>{t("schedules.pause")}</Button>
                </Show>
                <Show when={one().trigger === null}>
                  <Button onClick={() => setEdited(one())}>{t("triggers.edit")}</Button>
                  <RemoveButton
                    name={name()}
                    hint={t("schedules.remove_hint")}
                    back={kindPath("schedules")}
                    act={() => removeSchedule(params.id)}
                  />
                </Show>
              </Allowed>
            </>
          )}
        </Show>
      }
    >
      <Loaded query={schedule}>
        {(one) => (
          <>
            <div class="grid items-start gap-4 lg:grid-cols-2">
              <About schedule={one()} />
              <NextPanel id={params.id} timezone={one().timezone} isPaused={!one().enabled} />
            </div>
            <TicksPanel id={params.id} />
          </>
        )}
      </Loaded>
      <Show when={edited()}>
        {(old) => <ScheduleDialog old={old()} onClose={() => setEdited(undefined)} />}
      </Show>
      <Show when={isPausing()}>
        <AskDialog
          title={t("schedules.pause_title", { name: name() })}
          hint={t("schedules.pause_hint")}
          action={t("schedules.pause")}
          act={() => pauseSchedule(params.id, reason().trim())}
          onClose={() => setPausing(false)}
        >
          <Field label={t("schedules.reason")}>
            {(ids) => (
              <input
                {...ids}
                autofocus
                class={inputClass}
                maxlength="500"
                value={reason()}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            )}
          </Field>
        </AskDialog>
      </Show>
    </Page>
  );
}

function About(props: { schedule: ScheduleView }): JSX.Element {
  return (
    <Panel title={t("triggers.about")}>
      <Facts>
        <Fact name={t("triggers.state")}>
          <PausedBadge isPaused={!props.schedule.enabled} />
        </Fact>
        <Show when={props.schedule.paused}>
          {(paused) => (
            <Fact name={t("schedules.reason")}>
              {paused().reason ?? t("schedules.no_reason")}
              <p class="text-xs text-muted">
                {paused().by} · <Moment at={paused().at} />
              </p>
            </Fact>
          )}
        </Show>
        <Fact name={t("schedules.when")}>
          <code>{timingText(props.schedule)}</code>
        </Fact>
        <Fact name={t("schedules.zone")}>{props.schedule.timezone}</Fact>
        <TargetFacts target={props.schedule.target} />
        <Fact name={t("schedules.overlap")}>{t(overlapWords[props.schedule.overlap])}</Fact>
        <Fact name={t("schedules.catchup")}>{lasting(props.schedule.catchupMs)}</Fact>
        <Show when={props.schedule.jitterMs > 0}>
          <Fact name={t("schedules.jitter")}>{lasting(props.schedule.jitterMs)}</Fact>
        </Show>
        <Show when={props.schedule.trigger}>
          {(trigger) => <Fact name={t("schedules.trigger")}>{trigger().workflow}</Fact>}
        </Show>
      </Facts>
    </Panel>
  );
}

function NextPanel(props: { id: string; timezone: string; isPaused: boolean }): JSX.Element {
  const next = useQuery(() => nextQuery(props.id));
  return (
    <Panel title={t("schedules.next")} flush>
      <Show when={props.isPaused}>
        <p class="border-b border-line bg-warn-soft px-4 py-2 text-warn">{t("schedules.next_paused")}</p>
      </Show>
      <Loaded query={next}>
        {(times) => (
          <Show when={times().length > 0} fallback={<p class="p-4 text-muted">{t("schedules.no_next")}</p>}>
            <NextTimes times={times()} timezone={props.timezone} />
          </Show>
        )}
      </Loaded>
    </Panel>
  );
}
