import type { ValidationView } from "@pulse/schema/wire/workflows";
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from "solid-js";
import { noteError } from "../../session/query-client.ts";
import { editText } from "../model/edit-text.ts";
import type { Edit } from "../model/edits.ts";
import * as past from "../model/history.ts";
import { everyStep, type OutlineList, type OutlineStep, outlineOf } from "../model/outline.ts";
import { type BadText, type GoodText, pointerOf, readText } from "../model/read-text.ts";
import { validate } from "../queries.ts";

/** A problem of a definition as the gateway finds it. */
export type Finding = ValidationView["errors"][number];

/** One definition that is looked at and changed in several views. */
export interface Builder {
  text: Accessor<string>;
  /** Null while the text can be read. */
  bad: Accessor<BadText | null>;
  /** The last text that could be read. */
  good: Accessor<GoodText>;
  lists: Accessor<OutlineList[]>;
  step: (pointer: string) => OutlineStep | undefined;
  checked: Accessor<ValidationView | null>;
  /** What is wrong with a step itself, not with one inside it. */
  findingsOf: (pointer: string) => Finding[];
  selected: Accessor<string | null>;
  select: (pointer: string | null) => void;
  /** Makes an edit, and returns the pointer of the step that it was about. */
  edit: (edit: Edit) => string | null;
  type: (text: string) => void;
  canUndo: Accessor<boolean>;
  canRedo: Accessor<boolean>;
  undo: () => void;
  redo: () => void;
}

const checkAfterMs = 400;
const isAbort = (error: unknown) => error instanceof DOMException && error.name === "AbortError";
const nothing: GoodText = { text: "", isJson: false, definition: { steps: [] } };

/** Makes a builder over a text that the caller keeps. Inside a component. */
export function createBuilder(text: Accessor<string>, onInput: (text: string) => void): Builder {
  const [history, setHistory] = createSignal(past.begin(text()));
  const [selected, select] = createSignal<string | null>(null);
  const [checked, setChecked] = createSignal<ValidationView | null>(null);
  // A text that came from outside, such as the saved one again.
  createEffect(
    on(text, (now) => void (now !== history().now && setHistory(past.begin(now))), { defer: true }),
  );
  const reading = createMemo(() => readText(text()));
  const good = createMemo<GoodText>((before) => reading().good ?? before, nothing);
  const lists = createMemo(() => outlineOf(good().definition));
  const steps = createMemo(() => new Map([...everyStep(lists())].map((one) => [one.pointer, one])));
  createEffect(() => {
    const now = text();
    const gone = new AbortController();
    const timer = setTimeout(() => {
      validate(now, gone.signal).then(setChecked, (error: unknown) => {
        if (!isAbort(error)) noteError(error);
      });
    }, checkAfterMs);
    onCleanup(() => {
      clearTimeout(timer);
      gone.abort();
    });
  });
  const findings = createMemo(() => {
    const byStep = new Map<string, Finding[]>();
    const { errors = [], warnings = [] } = checked() ?? {};
    for (const one of [...errors, ...warnings]) {
      let pointer = one.pointer;
      while (pointer !== "" && !steps().has(pointer)) pointer = pointer.slice(0, pointer.lastIndexOf("/"));
      byStep.set(pointer, [...(byStep.get(pointer) ?? []), one]);
    }
    return byStep;
  });
  const go = (next: past.History) => {
    setHistory(next);
    onInput(next.now);
  };
  return {
    ...{ text, good, lists, checked, selected, select },
    bad: () => reading().bad,
    step: (pointer) => steps().get(pointer),
    findingsOf: (pointer) => findings().get(pointer) ?? [],
    edit(edit) {
      // What is broken is mended in the text first: else it would be lost.
      if (reading().good === null) return null;
      const { text: next, at } = editText(good(), edit);
      go(past.record(history(), next, false));
      return at === null ? null : pointerOf(at);
    },
    type: (next) => go(past.record(history(), next, true)),
    canUndo: () => history().past.length > 0,
    canRedo: () => history().future.length > 0,
    undo: () => go(past.undo(history())),
    redo: () => go(past.redo(history())),
  };
}
