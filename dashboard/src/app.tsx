import { Route, Router } from "@solidjs/router";
import { QueryClientProvider } from "@tanstack/solid-query";
import { type JSX, onMount } from "solid-js";
import { NotFoundPage } from "./session/not-found-page.tsx";
import { queryClient } from "./session/query-client.ts";
import { Shell } from "./session/shell.tsx";
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
const pages = [
  HomePage,
  FunctionsPage,
  FunctionPage,
  NewFunctionPage,
  ExecutionsPage,
  ExecutionPage,
  ComparePage,
  RunnersPage,
  RunnerPage,
  ConsolePage,
  TriggersPage,
  WebhookPage,
  SchedulePage,
  ChannelPage,
  WorkflowsPage,
  WorkflowPage,
  NewWorkflowPage,
  InboxPage,
  PromptPage,
  SettingsPage,
];

/** Every address of the dashboard and the page that stands there. */
export function App(): JSX.Element {
  onMount(() => {
    setTimeout(() => {
      for (const page of pages) page.preload();
    }, preloadAfterMs);
  });
  return (
    <QueryClientProvider client={queryClient}>
      <Router root={Shell}>
        <Route path="/" component={HomePage} />
        <Route path="/functions" component={FunctionsPage} />
        {/* No function has this name: names begin with a letter or digit. */}
        <Route path="/functions/_new" component={NewFunctionPage} />
        <Route path="/functions/:name" component={FunctionPage} />
        <Route path="/executions" component={ExecutionsPage} />
        <Route path="/executions/:id" component={ExecutionPage} />
        <Route path="/executions/:id/compare/:other" component={ComparePage} />
        <Route path="/runners" component={RunnersPage} />
        {/* No runner has this name: names begin with a letter or digit. */}
        <Route path="/runners/_console" component={ConsolePage} />
        <Route path="/runners/:name" component={RunnerPage} />
        <Route path="/triggers" component={TriggersPage} />
        <Route path="/triggers/webhooks/:id" component={WebhookPage} />
        <Route path="/triggers/schedules/:id" component={SchedulePage} />
        <Route path="/triggers/channels/:id" component={ChannelPage} />
        <Route path="/workflows" component={WorkflowsPage} />
        {/* No workflow has this name: names begin with a letter or digit. */}
        <Route path="/workflows/_new" component={NewWorkflowPage} />
        <Route path="/workflows/:name" component={WorkflowPage} />
        <Route path="/inbox" component={InboxPage} />
        <Route path="/prompts/:id" component={PromptPage} />
        <Route path="/settings/:part?" component={SettingsPage} />
        <Route path="/device" component={DevicePage} />
        <Route path="*" component={NotFoundPage} />
      </Router>
    </QueryClientProvider>
  );
}
