import { A, useParams } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createMemo, type JSX, Match, onCleanup, onMount, Show, Switch } from "solid-js";
import { NotFoundPage } from "../session/not-found-page.tsx";
import { queryClient } from "../session/query-client.ts";
import { lazily } from "../ui/lazily.tsx";
import { dataOf, Waiting } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { oneOf, positiveNumber, textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { Tabs } from "../ui/tabs.tsx";
import { t } from "../words/words.ts";
import { functionTabs } from "./paths.ts";
import { PublicUrl } from "./public-url.tsx";
import { draftsQuery, functionQuery, functionsQuery } from "./queries.ts";

const CodeTab = lazily(async () => (await import("./code-tab.tsx")).CodeTab);
const VersionsTab = lazily(async () => (await import("./versions-tab.tsx")).VersionsTab);
const FunctionExecutions = lazily(async () => (await import("./function-executions.tsx")).FunctionExecutions);
const MetricsTab = lazily(async () => (await import("./metrics-tab.tsx")).MetricsTab, ["charts"]);
const KvTab = lazily(async () => (await import("./kv-tab.tsx")).KvTab, ["kv"]);
const SettingsTab = lazily(async () => (await import("./settings-tab.tsx")).SettingsTab);

/** Once the page stands, the other tabs are fetched too: one opens also when the gateway went away meanwhile. */
const preloadAfterMs = 300;

const search = {
  tab: oneOf(functionTabs),
  file: textUpTo(255),
  line: positiveNumber,
  from: positiveNumber,
  to: positiveNumber,
  cursor: textUpTo(500),
  space: textUpTo(80),
  prefix: textUpTo(256),
};

/** One function: its code, versions, executions, metrics, what it keeps, and settings. */
export function FunctionPage(): JSX.Element {
  const params = useParams<{ name: string }>();
  const name = () => params.name;
  const [place, setPlace] = useSearch(search);
  onMount(() => {
    const later = setTimeout(() => {
      for (const tab of [CodeTab, VersionsTab, FunctionExecutions, MetricsTab, KvTab, SettingsTab])
        tab.preload();
    }, preloadAfterMs);
    onCleanup(() => clearTimeout(later));
  });
  const all = useQuery(functionsQuery);
  const drafts = useQuery(draftsQuery);
  // Looked for in the lists first: a browser notes every 404 as an error of the page.
  const isThere = () => dataOf(all)?.some((one) => one.name === name()) === true;
  const isDraft = () => dataOf(drafts)?.some((one) => one.name === name()) === true;
  const found = useQuery(() => ({ ...functionQuery(name()), enabled: isThere() }));
  const view = () => (isThere() ? (dataOf(found) ?? null) : null);
  const isRead = () => dataOf(all) !== undefined && dataOf(drafts) !== undefined;
  const isGone = () => isRead() && !isThere() && !isDraft();
  // A draft that becomes a function is neither for a moment; whoever writes in it must not notice.
  const stands = createMemo<string | null>((before) => {
    if (isThere() ? view() !== null : dataOf(all) !== undefined && isDraft()) return name();
    return before === name() && !isGone() ? before : null;
  }, null);
  const error = () => all.error ?? drafts.error ?? found.error;
  return (
    <Switch>
      <Match when={stands() !== null}>
        <Page
          title={name()}
          heading={
            <>
              <A href="/functions" class="font-normal text-muted hover:underline">
                {t("shell.functions")}
              </A>
              <span class="font-normal text-muted"> / </span>
              {name()}
            </>
          }
        >
          <Show when={view()}>{(one) => <PublicUrl view={one()} />}</Show>
          <Tabs
            label={t("function.parts")}
            value={place().tab ?? "code"}
            onChange={(tab) =>
              setPlace({
                tab: tab === "code" ? undefined : tab,
                from: undefined,
                to: undefined,
                cursor: undefined,
                space: undefined,
                prefix: undefined,
              })
            }
            tabs={[
              {
                name: "code",
                title: t("function.code"),
                content: () => (
                  <CodeTab
                    name={name()}
                    view={view()}
                    file={place().file}
                    line={place().line}
                    onPlace={(file, line) => setPlace({ file, line: textOf(line) }, { replace: true })}
                    onDeployed={readAgain}
                  />
                ),
              },
              {
                name: "versions",
                title: t("function.versions"),
                content: () => (
                  <VersionsTab
                    name={name()}
                    view={view()}
                    from={place().from}
                    to={place().to}
                    cursor={place().cursor}
                    onCompare={(from, to) => setPlace({ from: textOf(from), to: textOf(to) })}
                    onCursor={(cursor) => setPlace({ cursor })}
                  />
                ),
              },
              {
                name: "executions",
                title: t("shell.executions"),
                content: () => <FunctionExecutions name={name()} />,
              },
              {
                name: "metrics",
                title: t("function.metrics"),
                content: () => <MetricsTab name={name()} />,
              },
              {
                name: "data",
                title: t("function.data"),
                content: () => <KvTab name={name()} isDeployed={view() !== null} />,
              },
              {
                name: "settings",
                title: t("shell.settings"),
                content: () => <SettingsTab name={name()} view={view()} hasDraft={isDraft()} />,
              },
            ]}
          />
        </Page>
      </Match>
      <Match when={error()}>
        {(seen) => (
          <Page title={name()}>
            <ProblemNotice error={seen()} />
          </Page>
        )}
      </Match>
      <Match when={isGone()}>
        <NotFoundPage />
      </Match>
      <Match when={!isGone()}>
        <Waiting />
      </Match>
    </Switch>
  );
}

/** A deploy makes a function, moves aliases and takes a draft away. */
function readAgain(): void {
  void queryClient.invalidateQueries({ queryKey: ["functions"] });
  void queryClient.invalidateQueries({ queryKey: ["drafts"] });
}

function textOf(number: number | undefined): string | undefined {
  return number === undefined ? undefined : String(number);
}
