import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { codeLook, codeRoot } from "./code-theme.ts";

/** Two texts of one file to be shown with what differs. */
export interface ShownDiff {
  path: string;
  before: string;
  after: string;
  labelBefore: string;
  labelAfter: string;
  phrases: Record<string, string>;
}

const collapseUnchanged = { margin: 3, minSize: 6 };

/** Shows a diff inside an element, side by side or, where it is narrow, as one text; returns what takes it away again. */
export function showDiff(host: HTMLElement, shown: ShownDiff, isNarrow: boolean): () => void {
  const root = codeRoot(host);
  const look = (label: string): Extension => [
    lineNumbers(),
    EditorState.readOnly.of(true),
    EditorState.phrases.of(shown.phrases),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    codeLook(shown.path),
    ...(isNarrow ? [EditorView.lineWrapping] : []),
  ];
  if (isNarrow) {
    const merged = unifiedMergeView({ original: shown.before, mergeControls: false, collapseUnchanged });
    const view = new EditorView({
      root,
      parent: root,
      doc: shown.after,
      extensions: [look(shown.labelAfter), merged],
    });
    return () => view.destroy();
  }
  const view = new MergeView({
    root,
    parent: root,
    a: { doc: shown.before, extensions: look(shown.labelBefore) },
    b: { doc: shown.after, extensions: look(shown.labelAfter) },
    collapseUnchanged,
  });
  return () => view.destroy();
}
