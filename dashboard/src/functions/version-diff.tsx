import { useQuery } from "@tanstack/solid-query";
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { type Compared, ComparePanel } from "../ui/compare-panel.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";
import { ChangeLists } from "./change-list.tsx";
import { changesOf } from "./changes.ts";
import { type DeployedCode, readDeployed } from "./draft-store.ts";
import { FileDiff } from "./file-diff.tsx";

/** How somebody likes to read what differs, kept in this browser. */
const inlinePlace = "pulse.diff";

/** What differs between two versions: settings in a list, files as text. */
export function VersionDiff(props: Compared & { name: string }): JSX.Element {
  const code = useQuery(() => ({
    queryKey: ["diff", props.name, props.from, props.to],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      Promise.all([readDeployed(props.name, props.from, signal), readDeployed(props.name, props.to, signal)]),
    staleTime: Number.POSITIVE_INFINITY,
  }));
  const [isInline, setInline] = createSignal(localStorage.getItem(inlinePlace) === "inline");
  const choose = (next: boolean) => {
    localStorage.setItem(inlinePlace, next ? "inline" : "beside");
    setInline(next);
  };
  return (
    <ComparePanel
      {...props}
      title={t("diff.title", { from: String(props.from), to: String(props.to) })}
      words={{ from: t("diff.from"), to: t("diff.to"), swap: t("diff.swap"), close: t("diff.close") }}
      nameOf={(version) => `v${version}`}
      actions={
        <div class="ml-auto max-lg:hidden">
          <Button
            class="aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
            aria-pressed={isInline()}
            onClick={() => choose(!isInline())}
          >
            {t("diff.inline")}
          </Button>
        </div>
      }
    >
      <Loaded query={code}>
        {(both) => <Differences before={both()[0]} after={both()[1]} isInline={isInline()} />}
      </Loaded>
    </ComparePanel>
  );
}

function Differences(props: { before: DeployedCode; after: DeployedCode; isInline: boolean }): JSX.Element {
  const changes = createMemo(() => changesOf(props.after.body, props.before));
  const isText = (content: unknown) => content === undefined || typeof content === "string";
  const texts = () =>
    changes().files.filter(
      ({ name }) => isText(props.before.body.files[name]) && isText(props.after.body.files[name]),
    );
  const label = (file: string, version: number) => t("diff.label", { file, version: String(version) });
  const unshown = () => [...new Set([...props.before.unshown, ...props.after.unshown])];
  return (
    <div class="grid min-w-0 gap-4">
      <ChangeLists changes={changes()} />
      <Show when={unshown().length > 0}>
        <p class="text-muted">{t("diff.unshown", { files: unshown().join(", ") })}</p>
      </Show>
      <For each={texts()}>
        {(change) => (
          <FileDiff
            path={change.name}
            before={change.before ?? ""}
            after={change.after ?? ""}
            labelBefore={label(change.name, props.before.version)}
            labelAfter={label(change.name, props.after.version)}
            isInline={props.isInline}
          />
        )}
      </For>
    </div>
  );
}
