import { useNavigate } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import {
  createEffect,
  createMemo,
  createSignal,
  createUniqueId,
  For,
  type JSX,
  on,
  onCleanup,
  Show,
} from "solid-js";
import { meQuery, signOut } from "../session/queries.ts";
import { Dialog } from "../ui/dialog.tsx";
import { inputClass } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { keysText, releaseTyping } from "../ui/shortcuts.ts";
import { counted, t } from "../words/words.ts";
import { type Doer, doEntries, type Entry, foundEntry, goEntries, type Mode, startEntry } from "./entries.ts";
import { pageEntries } from "./pages.ts";
import { findQuery, namesQuery } from "./queries.ts";
import { fitOf, ranked } from "./rank.ts";
import { noteChoice, recentChoices } from "./recent.ts";
import { runnerEntries, subjectOf } from "./runner-entries.ts";

const settleMs = 80;
const recentMost = 5;
const foundStarts = 2;

interface Group {
  title: string;
  entries: readonly Entry[];
}

/** One field to go to a place, find a thing or do something; a combobox with its list, after the pattern of the ARIA guide. */
export function Palette(props: {
  onClose: () => void;
  onShow: (what: "add-runner" | "shortcuts") => void;
}): JSX.Element {
  const navigate = useNavigate();
  const me = useQuery(meQuery);
  const id = createUniqueId();
  // What was typed while this was on its way.
  const [text, setText] = createSignal(releaseTyping());
  const [settled, setSettled] = createSignal("");
  const [mode, setMode] = createSignal<Mode | null>(null);
  const [at, setAt] = createSignal(0);
  const recent = recentChoices();
  createEffect(() => {
    const next = text().trim();
    const timer = setTimeout(() => setSettled(next), settleMs);
    onCleanup(() => clearTimeout(timer));
  });
  const found = useQuery(() => findQuery(mode() === null ? subjectOf(settled()) : ""));
  const names = useQuery(() => ({ ...namesQuery(mode() ?? "call", settled()), enabled: mode() !== null }));

  const doer: Doer = {
    go: (href) => navigate(href),
    show: (what) => props.onShow(what),
    ask(next) {
      setText("");
      setMode(next);
    },
    signOut: () => void signOut(),
    may: (scope) => {
      const scopes = dataOf(me)?.scopes ?? [];
      return [scope, "admin", "gateway"].some((one) => scopes.includes(one));
    },
  };

  const groups = createMemo((): Group[] => {
    const asked = text().trim();
    const start = mode();
    if (start !== null) {
      const entries = (names.data ?? []).filter((name) => fitOf({ id: "", text: name }, asked) > 0);
      return [
        {
          title: t(start === "call" ? "palette.call" : "palette.run"),
          entries: entries.map((name) => startEntry(name, start, doer)),
        },
      ];
    }
    const [go, pages, act] = [goEntries(doer), pageEntries(doer), doEntries(doer)];
    const ids = recent.map((one) => one.id);
    if (asked !== "") {
      const subject = subjectOf(asked);
      const things = (found.data ?? []).filter(
        ({ name, id: own }) => fitOf({ id: own, text: name, also: own }, subject) > 0,
      );
      const starts = things
        .filter(({ kind }) => (kind === "function" || kind === "workflow") && doer.may("execute"))
        .slice(0, foundStarts)
        .map(({ kind, name }) => startEntry(name, kind === "function" ? "call" : "run", doer));
      const runners = things
        .filter(({ kind }) => kind === "runner")
        .slice(0, foundStarts)
        .flatMap((one) => runnerEntries(one, doer));
      // With a verb before it that alone is meant.
      const acts = [...starts, ...runners].filter((one) => subject === asked || fitOf(one, asked) > 0);
      const places = { title: t("palette.go"), entries: ranked([...go, ...pages], asked, ids) };
      const finds = {
        title: t("palette.found"),
        entries: things.flatMap((one) => foundEntry(one, doer) ?? []),
      };
      const deeds = { title: t("palette.do"), entries: [...ranked(act, asked, ids), ...acts] };
      return subject === asked ? [places, finds, deeds] : [deeds, places, finds];
    }
    const lately = recent
      .flatMap((one) =>
        one.found === undefined
          ? ([...go, ...pages, ...act].find((entry) => entry.id === one.id) ?? [])
          : (foundEntry(one.found, doer) ?? []),
      )
      .slice(0, recentMost);
    const isOther = (entry: Entry) => !lately.some((one) => one.id === entry.id);
    return [
      { title: t("palette.recent"), entries: lately },
      { title: t("palette.go"), entries: go.filter(isOther) },
      { title: t("palette.do"), entries: act.filter(isOther) },
    ];
  });
  const entries = createMemo(() => groups().flatMap((group) => group.entries));
  createEffect(on([text, mode], () => setAt(0)));
  const chosen = () => Math.min(at(), entries().length - 1);
  const optionId = (entry: Entry) => `${id}-${entry.id}`;
  const error = () => (mode() === null ? found.error : names.error);

  const choose = (entry: Entry) => {
    if (entry.stays !== true) {
      noteChoice({ id: entry.id, ...(entry.found === undefined ? {} : { found: entry.found }) });
      props.onClose();
    }
    entry.run();
  };
  const move = (next: number) => {
    const count = entries().length;
    if (count === 0) return;
    setAt((next + count) % count);
    const entry = entries()[at()];
    if (entry) document.getElementById(optionId(entry))?.scrollIntoView({ block: "nearest" });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const entry = entries()[chosen()];
    if (event.key === "ArrowDown") move(chosen() + 1);
    else if (event.key === "ArrowUp") move(chosen() - 1);
    else if (event.key === "Enter" && entry !== undefined) choose(entry);
    else if (event.key === "Backspace" && text() === "" && mode() !== null) setMode(null);
    else return;
    event.preventDefault();
  };
  const active = () => {
    const entry = entries()[chosen()];
    return entry === undefined ? undefined : optionId(entry);
  };

  return (
    <Dialog open onClose={props.onClose} title={t("shell.palette")}>
      <input
        autofocus
        type="text"
        role="combobox"
        aria-label={t(mode() === null ? "palette.label" : mode() === "call" ? "palette.call" : "palette.run")}
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={active()}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={t("palette.hint")}
        class={inputClass}
        value={text()}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKey}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={t("palette.results")}
        class="grid max-h-[60dvh] gap-2 overflow-y-auto"
      >
        <For each={groups().filter((group) => group.entries.length > 0)}>
          {(group) => (
            // A group of options, as the ARIA guide has it; a fieldset is none.
            // biome-ignore lint/a11y/useSemanticElements: as above
            <div role="group" aria-label={group.title}>
              <p aria-hidden="true" class="px-2 pb-1 text-xs font-medium text-muted">
                {group.title}
              </p>
              <For each={group.entries}>
                {(entry) => (
                  // The field has the focus and its keys choose.
                  // biome-ignore lint/a11y/useKeyWithClickEvents: as above
                  // biome-ignore lint/a11y/useFocusableInteractive: as above
                  <div
                    id={optionId(entry)}
                    role="option"
                    aria-selected={active() === optionId(entry)}
                    class="flex min-h-9 cursor-pointer items-center gap-2 rounded-md border border-transparent px-2 aria-selected:border-accent aria-selected:bg-accent-soft"
                    onPointerMove={() => setAt(entries().indexOf(entry))}
                    onClick={() => choose(entry)}
                  >
                    <Icon name={entry.icon} class="text-muted" />
                    <span class="min-w-0 truncate">{entry.text}</span>
                    <Show when={entry.kind}>
                      <span class="min-w-0 shrink-[9] truncate text-xs text-muted">{entry.kind}</span>
                    </Show>
                    <Show when={entry.press}>
                      {(press) => (
                        <kbd class="ml-auto text-xs whitespace-nowrap text-muted max-sm:hidden">
                          {keysText(press())}
                        </kbd>
                      )}
                    </Show>
                  </div>
                )}
              </For>
            </div>
          )}
        </For>
      </div>
      <p role="status" class="text-xs text-muted">
        {entries().length === 0
          ? t(found.isFetching || names.isFetching ? "palette.searching" : "palette.none")
          : counted("palette.count", entries().length)}
      </p>
      <Show when={error()}>{(problem) => <ProblemNotice error={problem()} />}</Show>
    </Dialog>
  );
}
