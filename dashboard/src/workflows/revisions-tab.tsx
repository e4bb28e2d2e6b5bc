import type { RevisionView } from "@pulse/schema/wire/workflows";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { OlderNav } from "../ui/older-nav.tsx";
import { counted, t } from "../words/words.ts";
import { revisionQuery, revisionsQuery } from "./queries.ts";

const kindWords = {
  added: "workflows.added",
  removed: "workflows.removed",
  changed: "workflows.changed",
  moved: "workflows.moved",
} as const;

/** Every revision of a workflow, newest first, and what each changed. */
export function RevisionsTab(props: {
  name: string;
  cursor: string | undefined;
  onGo: (cursor: string | undefined) => void;
}): JSX.Element {
  const revisions = useQuery(() => ({
    ...revisionsQuery(props.name, props.cursor),
    placeholderData: keepPreviousData,
  }));
  return (
    <Loaded query={revisions}>
      {(page) => (
        <>
          <ol class="grid divide-y divide-line rounded-lg border border-line bg-surface">
            <For each={page().items}>{(one) => <Row name={props.name} revision={one} />}</For>
          </ol>
          <OlderNav
            label={t("workflows.revisions")}
            cursor={props.cursor}
            next={page().nextCursor}
            onGo={(cursor) => props.onGo(cursor)}
          />
        </>
      )}
    </Loaded>
  );
}

function Row(props: { name: string; revision: RevisionView }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false);
  return (
    <li class="px-3 py-2">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary class="min-h-6">
          <span class="inline-flex flex-wrap items-center gap-x-3">
            <span class="font-medium">{t("workflows.revision", { revision: props.revision.revision })}</span>
            <Moment at={props.revision.createdAt} />
            <span class="text-muted">{props.revision.createdBy ?? ""}</span>
          </span>
        </summary>
        <Show when={isOpen()}>
          <Differences name={props.name} revision={props.revision.revision} />
        </Show>
      </details>
    </li>
  );
}

function Differences(props: { name: string; revision: number }): JSX.Element {
  const revision = useQuery(() => revisionQuery(props.name, props.revision));
  return (
    <Loaded query={revision}>
      {(read) => (
        <Show
          when={read().differences}
          fallback={<p class="py-2 text-muted">{t("workflows.first_revision")}</p>}
        >
          {(differences) => (
            <div class="grid gap-2 py-2">
              <p class="text-muted">{counted("workflows.differences", differences().length)}</p>
              <ul class="grid gap-2">
                <For each={differences()}>
                  {(one) => (
                    <li class="min-w-0">
                      <span class="font-medium">{t(kindWords[one.kind])}</span>{" "}
                      <code class="text-xs break-all text-muted">{one.pointer}</code>
                      <Show when={one.before !== undefined}>
                        <code class="block bg-bad-soft px-2 text-xs break-all whitespace-pre-wrap">
                          − {JSON.stringify(one.before)}
                        </code>
                      </Show>
                      <Show when={one.after !== undefined}>
                        <code class="block bg-ok-soft px-2 text-xs break-all whitespace-pre-wrap">
                          + {JSON.stringify(one.after)}
                        </code>
                      </Show>
                    </li>
                  )}
                </For>
              </ul>
            </div>
          )}
        </Show>
      )}
    </Loaded>
  );
}
