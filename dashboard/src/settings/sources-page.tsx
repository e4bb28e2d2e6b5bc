import { sourceScopes } from "@pulse/schema/source-scopes";
import type { SourceView } from "@pulse/schema/wire/sources";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { meQuery } from "../session/queries.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { LoadedList } from "../ui/loaded-list.tsx";
import { Moment } from "../ui/moment.tsx";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { SettingsFrame } from "./settings-frame.tsx";
import { SourcePart } from "./source-part.tsx";
import { sourcesQuery } from "./source-queries.ts";
import { shortCommit } from "./source-sync.ts";
import { SyncStatusBadge, titleOfCode } from "./sync-status.tsx";

const AddDialog = lazily(
  async () => (await import("./source-dialogs.tsx")).AddSourceDialog,
  ["sources"],
  () => null,
);

/** `source`: the one that is shown; absent: all of them. */
const search = { source: textUpTo(63), before: textUpTo(100) };

/** Repositories that the project is made from: all of them, or one with its syncs. */
export function SourcesPage(): JSX.Element {
  const [place, setPlace] = useSearch(search);
  const me = useQuery(meQuery);
  const [isAdding, setAdding] = createSignal(false);
  const may = (scopes: readonly string[]) => scopes.some((one) => dataOf(me)?.scopes.includes(one));
  const isAdmin = () => may(["admin", "gateway"]);
  const add = () => (
    <Show when={isAdmin()}>
      <Button look="primary" onClick={() => setAdding(true)}>
        <Icon name="plus" />
        {t("sources.add")}
      </Button>
    </Show>
  );
  return (
    <SettingsFrame part="sources" actions={add()}>
      <Show
        when={place().source}
        keyed
        fallback={
          <>
            <p class="text-muted">{t("sources.hint")}</p>
            <All add={add} />
          </>
        }
      >
        {(name) => (
          <SourcePart
            name={name}
            isAdmin={isAdmin()}
            mayDeploy={may(["deploy", "admin", "gateway"])}
            maySync={isAdmin() || sourceScopes.every((one) => may([one]))}
            before={place().before}
            onBefore={(before) => setPlace({ before })}
            onGone={() => setPlace({ source: undefined, before: undefined })}
          />
        )}
      </Show>
      <Show when={isAdding()}>
        <AddDialog
          onClose={() => setAdding(false)}
          onMade={(source) => setPlace({ source, before: undefined })}
        />
      </Show>
    </SettingsFrame>
  );
}

function All(props: { add: () => JSX.Element }): JSX.Element {
  const sources = useQuery(sourcesQuery);
  return (
    <LoadedList query={sources} none={t("sources.none")} hint={t("sources.none_hint")} first={props.add()}>
      {(all) => (
        <Table
          label={t("settings.part_sources")}
          columns={[
            { title: t("sources.name") },
            { title: t("sources.last_sync") },
            { title: t("sources.commit"), wide: true },
            { title: t("sources.at"), wide: true },
          ]}
        >
          <For each={all()}>{(source) => <Row source={source} />}</For>
        </Table>
      )}
    </LoadedList>
  );
}

function Row(props: { source: SourceView }): JSX.Element {
  const last = () => props.source.lastSync;
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} min-w-24`}>
        <A
          href={`/settings/sources?${new URLSearchParams({ source: props.source.name })}`}
          class="inline-flex min-h-6 items-center font-medium break-all hover:underline"
        >
          {props.source.name}
        </A>
        <p class="text-xs break-all text-muted">
          {props.source.repository} · {props.source.branch}
          <Show when={props.source.folder}>{(folder) => <> · {folder()}/</>}</Show>
        </p>
      </td>
      <td class={cellClass({})}>
        <Show when={last()} fallback={<span class="text-muted">{t("sources.never_synced")}</span>}>
          {(sync) => (
            <>
              <SyncStatusBadge status={sync().status} />
              <Show when={sync().problem}>
                {(code) => <p class="mt-1 max-w-56 text-xs break-words text-bad">{titleOfCode(code())}</p>}
              </Show>
            </>
          )}
        </Show>
      </td>
      <td class={cellClass({ wide: true })}>
        <Show when={shortCommit(last()?.commit ?? null)} fallback={<span class="text-muted">–</span>}>
          {(commit) => <code class="text-xs">{commit()}</code>}
        </Show>
      </td>
      <td class={cellClass({ wide: true })}>
        <Show when={last()} fallback={<span class="text-muted">–</span>}>
          {(sync) => <Moment at={sync().endedAt ?? sync().createdAt} />}
        </Show>
      </td>
    </tr>
  );
}
