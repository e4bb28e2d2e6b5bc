import { listReports, type ReportKind } from "@pulse/schema/wire/reports";
import { queryOptions, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { api } from "../session/client.ts";
import { buttonClass } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { exact } from "../ui/moment.tsx";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { t } from "../words/words.ts";
import { instantsOf, lastDays } from "./report-days.ts";
import { SettingsFrame } from "./settings-frame.tsx";

const formats = ["csv", "html", "ndjson"] as const;
const search = { from: textUpTo(10), to: textUpTo(10) };

const reportsQuery = () =>
  queryOptions({ queryKey: ["reports"], queryFn: ({ signal }) => api.call(listReports, { signal }) });

/** The project's reports over a period of days: as files, and as pages to print. */
export function ReportsPage(): JSX.Element {
  const reports = useQuery(reportsQuery);
  const [place, setPlace] = useSearch(search);
  const [atFirst] = createSignal(lastDays(Date.now()));
  const days = () => ({ from: place().from ?? atFirst().from, to: place().to ?? atFirst().to });
  const period = () => instantsOf(days());
  const day = (name: "from" | "to", wrong: string | undefined) => (
    <Field label={t(`settings.report_${name}`)} hint={t(`settings.report_${name}_hint`)} wrong={wrong}>
      {(ids) => (
        <input
          {...ids}
          type="date"
          required
          class={inputClass}
          value={days()[name]}
          onChange={(event) => setPlace({ [name]: event.currentTarget.value }, { replace: true })}
        />
      )}
    </Field>
  );
  return (
    <SettingsFrame part="reports">
      <p class="text-muted">{t("settings.reports_hint")}</p>
      <div class="grid items-start gap-4 sm:grid-cols-2 sm:max-w-xl">
        {day("from", undefined)}
        {day("to", period() === null ? t("settings.report_days_wrong") : undefined)}
      </div>
      <Loaded query={reports}>
        {(all) => (
          <ul class="grid gap-4">
            <For each={all().items}>
              {(report) => (
                <li class="grid gap-2 rounded-lg border border-line bg-surface p-4">
                  <h2 class="font-semibold">{t(`settings.report_${report.kind}`)}</h2>
                  <p>{t(`settings.report_${report.kind}_hint`)}</p>
                  <Whole since={report.completeSince} from={period()?.since} />
                  <Show when={period()}>{(some) => <Ways kind={report.kind} {...some()} />}</Show>
                </li>
              )}
            </For>
          </ul>
        )}
      </Loaded>
    </SettingsFrame>
  );
}

/** Since when nothing is missing, and a warning where the period begins before that. */
function Whole(props: { since: string | null; from: string | undefined }): JSX.Element {
  const misses = () => props.since !== null && props.from !== undefined && props.from < props.since;
  return (
    <p class={misses() ? "text-warn" : "text-muted"}>
      <Show when={props.since} fallback={t("settings.report_whole")}>
        {(since) =>
          t(misses() ? "settings.report_misses" : "settings.report_whole_since", { at: exact(since()) })
        }
      </Show>
    </p>
  );
}

function Ways(props: { kind: ReportKind; since: string; until: string }): JSX.Element {
  const name = () => t(`settings.report_${props.kind}`);
  const address = (format: (typeof formats)[number]) =>
    `/v1/reports/${props.kind}?${new URLSearchParams({ since: props.since, until: props.until, format })}`;
  return (
    <p class="flex flex-wrap gap-2">
      <For each={formats}>
        {(format) => (
          <a
            href={address(format)}
            rel="external"
            class={buttonClass()}
            aria-label={`${t(`settings.report_as_${format}`)}: ${name()}`}
            {...(format === "html" ? { target: "_blank" } : { download: "" })}
          >
            {t(`settings.report_as_${format}`)}
          </a>
        )}
      </For>
    </p>
  );
}
