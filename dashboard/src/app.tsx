import { Router } from "@solidjs/router";
import { QueryClientProvider } from "@tanstack/solid-query";
import { type JSX, onMount } from "solid-js";
import { fitsPath } from "./session/fits-path.ts";
import { NotFoundPage } from "./session/not-found-page.tsx";
import { meQuery } from "./session/queries.ts";
import { queryClient } from "./session/query-client.ts";
import { Shell } from "./session/shell.tsx";
import { whenAtRest } from "./ui/at-rest.ts";
import { lazily } from "./ui/lazily.tsx";

const HomePage = lazily(async () => (await import("./home/home-page.tsx")).HomePage, ["home", "executions"]);
const ExecutionsPage = lazily(
  async () => (await import("./executions/executions-page.tsx")).ExecutionsPage,
  ["executions"],
);
const ExecutionPage = lazily(
  async () => (await import("./executions/execution-page.tsx")).ExecutionPage,
  ["executions", "workflows", "logs"],
);
const ComparePage = lazily(
  async () => (await import("./executions/compare-page.tsx")).ComparePage,
  ["executions", "workflows"],
);
const RunnersPage = lazily(async () => (await import("./runners/runners-page.tsx")).RunnersPage, ["runners"]);
const RunnerPage = lazily(
  async () => (await import("./runners/runner-page.tsx")).RunnerPage,
  ["runners", "executions"],
);
const ConsolePage = lazily(
  async () => (await import("./runners/console-page.tsx")).ConsolePage,
  ["runners", "executions", "workflows"],
);
const SettingsPage = lazily(
  async () => (await import("./settings/settings-page.tsx")).SettingsPage,
  ["settings", "access"],
);
const DevicePage = lazily(async () => (await import("./session/device-page.tsx")).DevicePage);
const FunctionsPage = lazily(
  async () => (await import("./functions/functions-page.tsx")).FunctionsPage,
  ["functions", "executions"],
);
const NewFunctionPage = lazily(
  async () => (await import("./functions/new-function-page.tsx")).NewFunctionPage,
  ["functions"],
);
const FunctionPage = lazily(
  async () => (await import("./functions/function-page.tsx")).FunctionPage,
  ["functions", "executions", "logs"],
);
const TriggersPage = lazily(
  async () => (await import("./triggers/triggers-page.tsx")).TriggersPage,
  ["triggers", "webhooks", "schedules", "channels"],
);
const WebhookPage = lazily(
  async () => (await import("./triggers/webhook-page.tsx")).WebhookPage,
  ["triggers", "webhooks", "executions"],
);
const SchedulePage = lazily(
  async () => (await import("./triggers/schedule-page.tsx")).SchedulePage,
  ["triggers", "schedules", "executions"],
);
const ChannelPage = lazily(
  async () => (await import("./triggers/channel-page.tsx")).ChannelPage,
  ["triggers", "channels", "webhooks"],
);
const WorkflowsPage = lazily(
  async () => (await import("./workflows/workflows-page.tsx")).WorkflowsPage,
  ["workflows", "triggers", "executions"],
);
const WorkflowPage = lazily(
  async () => (await import("./workflows/workflow-page.tsx")).WorkflowPage,
  ["workflows", "triggers", "executions"],
);
const NewWorkflowPage = lazily(
  async () => (await import("./workflows/new-workflow-page.tsx")).NewWorkflowPage,
  ["workflows", "triggers"],
);
const InboxPage = lazily(
  async () => (await import("./workflows/inbox-page.tsx")).InboxPage,
  ["workflows", "executions"],
);

const PromptPage = lazily(
  async () => (await import("./workflows/prompt-page.tsx")).PromptPage,
  ["workflows", "executions"],
);

/** Once the first page stands the others are fetched too: they open at once, also when the gateway went away meanwhile. */
const preloadAfterMs = 2000;

/** Every address and the page that stands there. Names begin with a letter or digit: nothing that has one stands at an address with an underscore. */
const routes = [
  { path: "/", component: HomePage },
  { path: "/functions", component: FunctionsPage },
  { path: "/functions/_new", component: NewFunctionPage },
  { path: "/functions/:name", component: FunctionPage },
  { path: "/executions", component: ExecutionsPage },
  { path: "/executions/:id", component: ExecutionPage },
  { path: "/executions/:id/compare/:other", component: ComparePage },
  { path: "/runners", component: RunnersPage },
  { path: "/runners/_console", component: ConsolePage },
  { path: "/runners/:name", component: RunnerPage },
  { path: "/triggers", component: TriggersPage },
  { path: "/triggers/webhooks/:id", component: WebhookPage },
  { path: "/triggers/schedules/:id", component: SchedulePage },
  { path: "/triggers/channels/:id", component: ChannelPage },
  { path: "/workflows", component: WorkflowsPage },
  { path: "/workflows/_new", component: NewWorkflowPage },
  { path: "/workflows/:name", component: WorkflowPage },
  { path: "/inbox", component: InboxPage },
  { path: "/prompts/:id", component: PromptPage },
  { path: "/settings/:part?", component: SettingsPage },
  { path: "/device", component: DevicePage },
];

/** Each when the browser has nothing to do, so that nobody waits for one while they type or scroll. */
function preloadInTurn([next, ...others]: readonly { preload: () => void }[]): void {
  if (next === undefined) return;
  next.preload();
  whenAtRest(() => preloadInTurn(others));
}

/** Asks for who is signed in and for the page that stands at an address, before anything is shown: none of them waits for another. */
export function beginAt(pathname: string): void {
  void queryClient.prefetchQuery(meQuery());
  routes.find(({ path }) => fitsPath(path, pathname))?.component.preload();
}

/** The dashboard: its pages by their addresses, in their frame. */
export function App(): JSX.Element {
  onMount(() => {
    setTimeout(
      () => whenAtRest(() => preloadInTurn(routes.map(({ component }) => component))),
      preloadAfterMs,
    );
  });
  return (
    <QueryClientProvider client={queryClient}>
      <Router root={Shell}>{[...routes, { path: "*", component: NotFoundPage }]}</Router>
    </QueryClientProvider>
  );
}
