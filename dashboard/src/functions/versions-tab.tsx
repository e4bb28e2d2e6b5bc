import type { FunctionView, VersionView } from "@pulse/schema/wire/functions";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { moveAlias, versionsQuery } from "./queries.ts";
import { RollBackDialog } from "./roll-back-dialog.tsx";
import { SplitPanels } from "./split-panel.tsx";
import { VersionBadge } from "./version-badge.tsx";
import { VersionDiff } from "./version-diff.tsx";

/** The versions of a function, what differs between two of them, and which one is live. */
export function VersionsTab(props: {
  name: string;
  view: FunctionView | null;
  from: number | undefined;
  to: number | undefined;
  cursor: string | undefined;
  onCompare: (from: number | undefined, to: number | undefined) => void;
  onCursor: (cursor: string | undefined) => void;
}): JSX.Element {
  const versions = useQuery(() => ({
    ...versionsQuery(props.name, props.cursor),
    enabled: props.view !== null,
  }));
  const live = () => props.view?.aliases.live ?? null;
  // What an undo would bring back.
  const [moved, setMoved] = createSignal<{ from: number | null; to: number } | null>(null);
  const move = useMutation(() => ({
    mutationFn: async ({ version, reason = "" }: { version: number; reason?: string }) => {
      const from = live();
      await moveAlias(props.name, "live", version, reason);
      return { from, to: version };
    },
    onSuccess: setMoved,
  }));
  const [rollingBack, setRollingBack] = createSignal<number | null>(null);
  /** Going back is asked for with its reason; going on needs none. */
  const moveTo = (version: number) => {
    if (version < (live() ?? 0)) setRollingBack(version);
    else move.mutate({ version });
  };
  const moveWord = (version: number) => (version < (live() ?? 0) ? "version.roll_back" : "version.make_live");
  /** What a version is best compared with: what is live, and what is live with the one before it. */
  const compare = (version: number) => {
    const standing = live();
    if (standing === null || standing === version) props.onCompare(version - 1, version);
    else props.onCompare(Math.min(standing, version), Math.max(standing, version));
  };
  return (
    <Show when={props.view !== null && props.view.latest > 0} fallback={<Empty title={t("version.none")} />}>
      <div class="grid gap-4">
        <div role="status" class="empty:hidden">
          <Show when={moved()}>
            {(done) => (
              <div class="flex flex-wrap items-center gap-3 rounded-md border border-ok bg-ok-soft px-3 py-2">
                <p>{t("version.moved", { version: String(done().to) })}</p>
                <Show when={done().from}>
                  {(from) => (
                    <Allowed scope="deploy">
                      <Button disabled={move.isPending} onClick={() => move.mutate({ version: from() })}>
                        {t("version.undo", { version: String(from()) })}
                      </Button>
                    </Allowed>
                  )}
                </Show>
              </div>
            )}
          </Show>
        </div>
        <Show when={move.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <SplitPanels name={props.name} />
        <Loaded query={versions}>
          {(page) => (
            <>
              <Table
                label={t("function.versions")}
                columns={[
                  { title: t("version.version") },
                  { title: t("version.status"), wide: true },
                  { title: t("version.message"), wide: true },
                  { title: t("version.made"), wide: true },
                  { title: t("version.actions"), right: true },
                ]}
              >
                <For each={page().items}>
                  {(one) => (
                    <tr class="hover:bg-sunken">
                      <th scope="row" class={`${cellClass({})} font-medium`}>
                        <span class="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
                          v{one.version}
                          <For each={one.aliases}>
                            {({ alias, share }) => (
                              <span
                                class="max-w-32 truncate rounded-full border border-accent bg-accent-soft px-2 py-0.5 text-xs text-accent"
                                title={alias}
                              >
                                {share < 100 ? `${alias} ${share} %` : alias}
                              </span>
                            )}
                          </For>
                        </span>
                        {/* It has a column of its own where there is room for one. */}
                        <div class="mt-1 md:hidden">
                          <VersionBadge status={one.status} />
                        </div>
                      </th>
                      <td class={cellClass({ wide: true })}>
                        <VersionBadge status={one.status} />
                      </td>
                      <td class={`${cellClass({ wide: true })} w-full max-w-0 min-w-32`}>
                        <p class="truncate" title={one.message ?? undefined}>
                          {one.message}
                        </p>
                        <Show when={one.error}>
                          {(error) => <p class="truncate text-xs text-bad">{error()}</p>}
                        </Show>
                        <For each={one.aliases}>
                          {(move) => <MoveNote move={move} version={one.version} />}
                        </For>
                      </td>
                      <td class={cellClass({ wide: true })}>
                        <Moment at={one.createdAt} />
                      </td>
                      <td class={cellClass({ right: true })}>
                        <div class="flex flex-wrap justify-end gap-2 md:flex-nowrap">
                          <Show when={one.version > 1 || live() !== one.version}>
                            <Button
                              look="quiet"
                              aria-label={t("version.compare_label", { version: String(one.version) })}
                              onClick={() => compare(one.version)}
                            >
                              {t("version.compare")}
                            </Button>
                          </Show>
                          <Allowed scope="deploy">
                            <Show when={one.status === "ready" && one.version !== live()}>
                              <Button
                                disabled={move.isPending}
                                aria-label={`${t(moveWord(one.version))}: v${one.version}`}
                                onClick={() => moveTo(one.version)}
                              >
                                {t(moveWord(one.version))}
                              </Button>
                            </Show>
                          </Allowed>
                        </div>
                      </td>
                    </tr>
                  )}
                </For>
              </Table>
              <div class="flex gap-2">
                <Show when={props.cursor !== undefined}>
                  <Button onClick={() => props.onCursor(undefined)}>{t("shell.newest")}</Button>
                </Show>
                <Show when={page().nextCursor}>
                  {(cursor) => <Button onClick={() => props.onCursor(cursor())}>{t("shell.older")}</Button>}
                </Show>
              </div>
            </>
          )}
        </Loaded>
        <Show when={rollingBack()}>
          {(version) => (
            <RollBackDialog
              version={version()}
              act={(reason) => move.mutateAsync({ version: version(), reason })}
              onClose={() => setRollingBack(null)}
            />
          )}
        </Show>
        <Show when={props.from !== undefined && props.to !== undefined}>
          <VersionDiff
            name={props.name}
            latest={props.view?.latest ?? 1}
            from={props.from ?? 1}
            to={props.to ?? 1}
            onCompare={(from, to) => props.onCompare(from, to)}
            onClose={() => props.onCompare(undefined, undefined)}
          />
        </Show>
      </div>
    </Show>
  );
}

/** How an alias came to stand at a version, where it was moved there by hand: from where, by whom, when and why. */
function MoveNote(props: { move: VersionView["aliases"][number]; version: number }): JSX.Element {
  const isBack = () => (props.move.movedFrom ?? 0) > props.version;
  return (
    <Show when={isBack() || props.move.reason !== null}>
      <p class="text-xs text-muted" data-move={props.move.alias}>
        {t(isBack() ? "version.rolled_back" : "version.moved_here", {
          alias: props.move.alias,
          from: String(props.move.movedFrom ?? "–"),
          by: props.move.movedBy ?? "–",
        })}{" "}
        <Moment at={props.move.movedAt} />
        <Show when={props.move.reason}>
          {(reason) => <q class="ml-1 break-words text-ink">{reason()}</q>}
        </Show>
      </p>
    </Show>
  );
}
