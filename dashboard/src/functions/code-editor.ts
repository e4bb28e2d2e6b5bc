import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { codeLook, codeRoot } from "./code-theme.ts";
import { ctxCompletion } from "./ctx-completion.ts";

/** Something wrong in a line, counted from 1. */
export interface CodeFault {
  line: number;
  text: string;
  /** Whether it may stay. */
  isWarning?: boolean;
}

/** What an editor needs of the page around it. */
export interface EditorPlace {
  /** The editor's name for those who do not see it, by file. */
  label: (path: string) => string;
  /** The editor's own words, by their English form. */
  phrases: Record<string, string>;
  onEdit: (path: string, text: string) => void;
  /** A language and what goes with it, where the files' names do not say it. */
  more?: Extension;
}

/**
 * Typing over a selection: left to itself, Chromium keeps the looks of what was selected in an inline style, which the content security policy
 * refuses and reports.
 */
const typingOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    const { data } = event;
    if (event.inputType !== "insertText" || data === null || event.isComposing || main.empty) return false;
    event.preventDefault();
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((one) => one(view, main.from, main.to, data, insert))) view.dispatch(insert());
    return true;
  },
});

/** A CodeMirror over several files: one is shown, and each keeps its own undo history, selection and place. */
export class CodeEditor {
  readonly #place: EditorPlace;
  readonly #view: EditorView;
  readonly #states = new Map<string, EditorState>();
  readonly #mayEdit = new Compartment();
  #isReadOnly = false;
  #path = "";
  /** While the page itself changes the text, that is no edit. */
  #isOurs = false;

  constructor(host: HTMLElement, place: EditorPlace) {
    this.#place = place;
    const root = codeRoot(host);
    this.#view = new EditorView({ root, parent: root });
  }

  /** Shows a file; its text counts when it was not shown before, or has changed elsewhere. */
  show(path: string, text: string): void {
    if (this.#path !== "" && this.#path !== path) this.#states.set(this.#path, this.#view.state);
    if (this.#path !== path) {
      this.#path = path;
      this.#view.setState(this.#states.get(path) ?? this.#newState(path, text));
      this.#view.dispatch({ effects: this.#mayEdit.reconfigure(EditorState.readOnly.of(this.#isReadOnly)) });
    }
    const { doc } = this.#view.state;
    if (doc.toString() === text) return;
    this.#isOurs = true;
    this.#view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
    this.#isOurs = false;
  }

  /** Forgets the states of all files: they were replaced as a whole. */
  forget(): void {
    this.#states.clear();
    this.#path = "";
  }

  /** Marks what is wrong in the file shown. */
  mark(faults: readonly CodeFault[]): void {
    const { doc } = this.#view.state;
    const diagnostics = faults.map(({ line, text, isWarning }): Diagnostic => {
      const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
      return { from, to, severity: isWarning === true ? "warning" : "error", message: text };
    });
    this.#view.dispatch(setDiagnostics(this.#view.state, diagnostics));
  }

  /** Puts the cursor into a line, counted from 1, and brings it into sight. */
  goTo(line: number): void {
    const { doc } = this.#view.state;
    const { from } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    this.#view.dispatch({
      selection: { anchor: from },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
  }

  focus(): void {
    this.#view.focus();
  }

  /** Whether typing changes anything. */
  setReadOnly(isReadOnly: boolean): void {
    this.#isReadOnly = isReadOnly;
    this.#view.dispatch({ effects: this.#mayEdit.reconfigure(EditorState.readOnly.of(isReadOnly)) });
  }

  destroy(): void {
    this.#view.destroy();
  }

  #newState(path: string, doc: string): EditorState {
    const place = this.#place;
    const told = EditorView.updateListener.of((update) => {
      if (update.docChanged && !this.#isOurs) place.onEdit(this.#path, update.state.doc.toString());
    });
    const unit = /\.pyi?$/.test(path) ? "    " : "  ";
    const extensions: Extension[] = [
      lineNumbers(),
      highlightActiveLineGutter(),
      highlightActiveLine(),
      history(),
      drawSelection(),
      EditorState.allowMultipleSelections.of(true),
      indentOnInput(),
      indentUnit.of(unit),
      bracketMatching(),
      closeBrackets(),
      autocompletion(),
      highlightSelectionMatches(),
      lintGutter(),
      keymap.of([
        ...closeBracketsKeymap,
        ...defaultKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...completionKeymap,
        // Escape and then Tab still leaves: CodeMirror lets Tab through for two seconds after it.
        indentWithTab,
      ]),
      EditorState.phrases.of(place.phrases),
      EditorView.contentAttributes.of({
        "aria-label": place.label(path),
        spellcheck: "false",
        tabindex: "0",
      }),
      this.#mayEdit.of([]),
      typingOver,
      codeLook(path),
      ctxCompletion(path),
      place.more ?? [],
      told,
    ];
    return EditorState.create({ doc, extensions });
  }
}
