import type { RevisionView } from "@pulse/schema/wire/workflows";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { OlderNav } from "../ui/older-nav.tsx";
import { positiveNumber } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { counted, t } from "../words/words.ts";
import { DifferenceList } from "./difference-list.tsx";
import { revisionQuery, revisionsQuery } from "./queries.ts";

const RevisionDiff = lazily(
  async () => (await import("./revision-diff.tsx")).RevisionDiff,
  ["builder", "functions"],
);
const search = { from: positiveNumber, to: positiveNumber };

/** Every revision of a workflow, newest first, and what each changed. */
export function RevisionsTab(props: {
  name: string;
  /** The newest revision. */
  latest: number;
  cursor: string | undefined;
  onGo: (cursor: string | undefined) => void;
}): JSX.Element {
  const revisions = useQuery(() => ({
    ...revisionsQuery(props.name, props.cursor),
    placeholderData: keepPreviousData,
  }));
  const [compared, setCompared] = useSearch(search);
  const compare = (from: number | undefined, to: number | undefined) =>
    setCompared({ from: from?.toString(), to: to?.toString() }, { replace: true });
  return (
    <Loaded query={revisions}>
      {(page) => (
        <>
          <Show when={compared().from !== undefined && compared().to !== undefined}>
            <div class="mb-4">
              <RevisionDiff
                name={props.name}
                latest={props.latest}
                from={compared().from ?? 1}
                to={compared().to ?? 1}
                onCompare={compare}
                onClose={() => compare(undefined, undefined)}
              />
            </div>
          </Show>
          <ol class="grid divide-y divide-line rounded-lg border border-line bg-surface">
            <For each={page().items}>
              {(one) => <Row name={props.name} revision={one} onCompare={compare} />}
            </For>
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

function Row(props: {
  name: string;
  revision: RevisionView;
  onCompare: (from: number, to: number) => void;
}): JSX.Element {
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
          <Show when={props.revision.revision > 1}>
            <Button onClick={() => props.onCompare(props.revision.revision - 1, props.revision.revision)}>
              {t("workflows.compare")}
            </Button>
          </Show>
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
              <DifferenceList differences={differences()} />
            </div>
          )}
        </Show>
      )}
    </Loaded>
  );
}
