import { isTerminal } from "@pulse/schema/status";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { type JSX, Show } from "solid-js";
import { LogViewer } from "../logs/log-viewer.tsx";
import { lazily } from "../ui/lazily.tsx";
import { oneOf, positiveNumber } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { Tabs } from "../ui/tabs.tsx";
import { t } from "../words/words.ts";
import { isRetried } from "./course/execution-spans.ts";
import { ExecutionFacts } from "./execution-facts.tsx";
import { InputView } from "./input-view.tsx";
import { ResultView } from "./result-view.tsx";

const AttemptsPanel = lazily(
  async () => (await import("./course/attempts-panel.tsx")).AttemptsPanel,
  ["course"],
);
const EventsView = lazily(async () => (await import("./course/events-view.tsx")).EventsView, ["course"]);

const search = {
  tab: oneOf(["logs", "result", "input", "events", "details"]),
  line: positiveNumber,
};

/** What an execution said, answered and was given; which part is shown, and the line of the log that is pointed at, stand in the address. */
export function ExecutionParts(props: { view: ExecutionView }): JSX.Element {
  const [params, setParams] = useSearch(search);
  return (
    <Tabs
      label={t("execution.parts")}
      value={params().tab ?? "logs"}
      onChange={(tab) => setParams({ tab: tab === "logs" ? undefined : tab }, { replace: true })}
      tabs={[
        {
          name: "logs",
          title: t("execution.logs"),
          content: () => (
            // Another execution, another log.
            <Show when={props.view.id} keyed>
              {(id) => (
                <LogViewer
                  id={id}
                  isOver={isTerminal(props.view.status)}
                  line={params().line}
                  onLine={(line) =>
                    setParams({ line: line === undefined ? undefined : String(line) }, { replace: true })
                  }
                />
              )}
            </Show>
          ),
        },
        { name: "result", title: t("execution.result"), content: () => <ResultView view={props.view} /> },
        { name: "input", title: t("execution.input"), content: () => <InputView view={props.view} /> },
        { name: "events", title: t("execution.events"), content: () => <EventsView view={props.view} /> },
        {
          name: "details",
          title: t("execution.details"),
          content: () => (
            <div class="grid min-w-0 gap-4">
              <ExecutionFacts view={props.view} />
              <Show when={isRetried(props.view)}>
                <AttemptsPanel view={props.view} />
              </Show>
            </div>
          ),
        },
      ]}
    />
  );
}
