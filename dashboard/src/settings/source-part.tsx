import type { SourceView } from "@pulse/schema/wire/sources";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { ActButton } from "../ui/act-button.tsx";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { TextToCopy } from "../ui/text-to-copy.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { SourceDiff } from "./source-diff.tsx";
import { removeSource, sourceQuery, syncNow } from "./source-queries.ts";
import { SyncsPanel } from "./syncs-panel.tsx";

const ChangeDialog = lazily(
  async () => (await import("./source-dialogs.tsx")).ChangeSourceDialog,
  ["sources"],
  () => null,
);
const RotateDialog = lazily(
  async () => (await import("./source-dialogs.tsx")).RotateSourceDialog,
  ["sources"],
  () => null,
);

/** One source: what it follows, what differs now, and its syncs, with what the reader may do. */
export function SourcePart(props: {
  name: string;
  isAdmin: boolean;
  mayDeploy: boolean;
  /** Whether they may all that a sync does. */
  maySync: boolean;
  /** The cursor of the page of syncs that is shown; undefined: the newest. */
  before: string | undefined;
  onBefore: (cursor: string | undefined) => void;
  onGone: () => void;
}): JSX.Element {
  const source = useQuery(() => sourceQuery(props.name));
  return (
    <>
      <p>
        <A
          href="/settings/sources"
          class="inline-flex min-h-6 items-center text-muted hover:text-ink hover:underline"
        >
          ← {t("sources.all")}
        </A>
      </p>
      <Loaded query={source}>
        {(one) => (
          <>
            <Kept
              source={one()}
              isAdmin={props.isAdmin}
              mayDeploy={props.mayDeploy}
              maySync={props.maySync}
              onGone={props.onGone}
            />
            <Show
              when={props.mayDeploy}
              fallback={<p class="text-muted">{t("sources.syncs_for_deployers")}</p>}
            >
              <SourceDiff source={one()} />
              <SyncsPanel name={props.name} before={props.before} onBefore={props.onBefore} />
            </Show>
          </>
        )}
      </Loaded>
    </>
  );
}

type Asked = "change" | "rotate" | "remove" | null;

function Kept(props: {
  source: SourceView;
  isAdmin: boolean;
  mayDeploy: boolean;
  maySync: boolean;
  onGone: () => void;
}): JSX.Element {
  const [asked, setAsked] = createSignal<Asked>(null);
  const close = () => setAsked(null);
  const name = () => props.source.name;
  const sync = async () => {
    await syncNow(name());
    say(t("sources.sync_asked", { name: name() }));
  };
  const remove = async () => {
    const gone = name();
    await removeSource(gone);
    say(t("sources.removed", { name: gone }));
    props.onGone();
  };
  return (
    <Panel
      title={name()}
      actions={
        <>
          <Show when={props.maySync}>
            <ActButton look="primary" name={t("sources.sync_now")} act={sync} />
          </Show>
          <Show when={props.isAdmin}>
            <Button onClick={() => setAsked("change")}>{t("sources.change")}</Button>
            <Button onClick={() => setAsked("rotate")}>{t("sources.rotate")}</Button>
            <Button look="danger" onClick={() => setAsked("remove")}>
              {t("sources.remove")}
            </Button>
          </Show>
        </>
      }
    >
      <div class="grid gap-4">
        <Settings source={props.source} />
        <div class="grid gap-2">
          <h3 class="font-medium">{t("sources.url")}</h3>
          <TextToCopy text={props.source.url} what={t("sources.url")} />
          <p class="text-xs text-muted">{t(`sources.set_up_${props.source.host}`)}</p>
        </div>
      </div>
      <Show when={asked() === "change"}>
        <ChangeDialog source={props.source} onClose={close} />
      </Show>
      <Show when={asked() === "rotate"}>
        <RotateDialog source={props.source} onClose={close} />
      </Show>
      <Show when={asked() === "remove"}>
        <AskDialog
          title={t("sources.remove_title", { name: name() })}
          hint={t("sources.remove_hint")}
          action={t("sources.remove")}
          act={remove}
          onClose={close}
        />
      </Show>
    </Panel>
  );
}

function Settings(props: { source: SourceView }): JSX.Element {
  return (
    <Facts>
      <Fact name={t("sources.repository")}>
        <a
          href={props.source.repository}
          rel="external noreferrer"
          target="_blank"
          class="break-all underline"
        >
          {props.source.repository}
        </a>
      </Fact>
      <Fact name={t("sources.branch")}>
        <code class="break-all">{props.source.branch}</code>
      </Fact>
      <Fact name={t("sources.folder")}>
        <Show when={props.source.folder} fallback={t("sources.folder_top")}>
          {(folder) => <code class="break-all">{folder()}</code>}
        </Show>
      </Fact>
      <Fact name={t("sources.token")}>
        <Show when={props.source.token} fallback={t("sources.token_none")}>
          {(token) => <code class="break-all">{token()}</code>}
        </Show>
      </Fact>
      <Fact name={t("sources.pruned")}>
        {t(props.source.prune ? "sources.prune_yes" : "sources.prune_no")}
      </Fact>
      <Fact name={t("sources.made")}>
        <Moment at={props.source.createdAt} /> · {props.source.createdBy}
      </Fact>
    </Facts>
  );
}
