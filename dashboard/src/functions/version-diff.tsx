import { useQuery } from "@tanstack/solid-query";
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Panel } from "../ui/panel.tsx";
import { t } from "../words/words.ts";
import { ChangeLists } from "./change-list.tsx";
import { changesOf } from "./changes.ts";
import { type DeployedCode, readDeployed } from "./draft-store.ts";
import { FileDiff } from "./file-diff.tsx";

/** How somebody likes to read what differs, kept in this browser. */
const inlinePlace = "pulse.diff";

/** What differs between two versions: settings in a list, files as text. */
export function VersionDiff(props: {
  name: string;
  latest: number;
  from: number;
  to: number;
  onCompare: (from: number, to: number) => void;
  onClose: () => void;
}): JSX.Element {
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
  const choices = () => Array.from({ length: Math.min(props.latest, 500) }, (_, i) => props.latest - i);
  const choice = (label: string, value: number, onChange: (version: number) => void) => (
    <Field label={label}>
      {(ids) => (
        <select
          {...ids}
          class={`${inputClass} w-24!`}
          onChange={(event) => onChange(Number(event.currentTarget.value))}
        >
          <For each={choices()}>
            {(one) => (
              <option value={one} selected={one === value}>
                v{one}
              </option>
            )}
          </For>
        </select>
      )}
    </Field>
  );
  return (
    <Panel
      title={t("diff.title", { from: String(props.from), to: String(props.to) })}
      actions={
        <Button look="quiet" aria-label={t("diff.close")} onClick={() => props.onClose()}>
          <Icon name="cross" />
        </Button>
      }
    >
      <div class="grid gap-4">
        <div class="flex flex-wrap items-end gap-3">
          {choice(t("diff.from"), props.from, (from) => props.onCompare(from, props.to))}
          {choice(t("diff.to"), props.to, (to) => props.onCompare(props.from, to))}
          <Button onClick={() => props.onCompare(props.to, props.from)}>{t("diff.swap")}</Button>
          <div class="ml-auto max-lg:hidden">
            <Button
              class="aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
              aria-pressed={isInline()}
              onClick={() => choose(!isInline())}
            >
              {t("diff.inline")}
            </Button>
          </div>
        </div>
        <Loaded query={code}>
          {(both) => <Differences before={both()[0]} after={both()[1]} isInline={isInline()} />}
        </Loaded>
      </div>
    </Panel>
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
