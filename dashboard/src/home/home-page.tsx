import { useQuery } from "@tanstack/solid-query";
import type { JSX } from "solid-js";
import { lazily } from "../ui/lazily.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { t } from "../words/words.ts";
import { FailedPanel, NowPanel } from "./execution-lists.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { MadePanel } from "./made-panel.tsx";
import { overviewQuery } from "./queries.ts";

// What they read of other places would be too much for a first page.
const SidePanels = lazily(async () => (await import("./side-panels.tsx")).SidePanels, ["home", "runners"]);

/** What an owner looks at first: what runs, what failed, who is asked, what comes next. */
export function HomePage(): JSX.Element {
  const overview = useQuery(overviewQuery);
  return (
    <Page title={t("shell.home")}>
      <Loaded query={overview}>
        {(view) => (
          <>
            <FirstSteps done={view().firstSteps} />
            <div class="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
              <div class="grid min-w-0 gap-4">
                <NowPanel live={view().live} />
                <MadePanel overview={view()} />
                <FailedPanel />
              </div>
              <SidePanels />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}
