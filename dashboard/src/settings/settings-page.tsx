import { useParams } from "@solidjs/router";
import { type JSX, onMount, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { NotFoundPage } from "../session/not-found-page.tsx";
import { lazily } from "../ui/lazily.tsx";
import { type Part, parts } from "./parts.ts";

const pages = {
  you: lazily(async () => (await import("./you-page.tsx")).YouPage),
  keys: lazily(async () => (await import("./keys-page.tsx")).KeysPage),
  secrets: lazily(async () => (await import("./secrets-page.tsx")).SecretsPage),
  sources: lazily(async () => (await import("./sources-page.tsx")).SourcesPage, ["sources"]),
  people: lazily(async () => (await import("./people-page.tsx")).PeoplePage),
  usage: lazily(async () => (await import("./usage-page.tsx")).UsagePage),
  retention: lazily(async () => (await import("./retention-page.tsx")).RetentionPage),
  audit: lazily(async () => (await import("./audit-page.tsx")).AuditPage),
  reports: lazily(async () => (await import("./reports-page.tsx")).ReportsPage),
  health: lazily(async () => (await import("./health-page.tsx")).HealthPage),
} satisfies Readonly<Record<Part, unknown>>;

/** Once one part stands the others are fetched too, as the pages are. */
const preloadAfterMs = 300;

/** The page of the settings that the address names. */
export function SettingsPage(): JSX.Element {
  const params = useParams<{ part?: string }>();
  onMount(() => {
    setTimeout(() => {
      for (const page of Object.values(pages)) page.preload();
    }, preloadAfterMs);
  });
  const part = () => parts.find((one) => one === (params.part ?? "you"));
  return (
    <Show when={part()} keyed fallback={<NotFoundPage />}>
      {(one) => <Dynamic component={pages[one]} />}
    </Show>
  );
}
