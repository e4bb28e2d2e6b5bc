import { createEffect, createSignal, type JSX, on } from "solid-js";
import { t } from "../words/words.ts";
import type { CodeEditor, CodeFault } from "./code-editor.ts";
import { CodeHost } from "./code-host.tsx";

/** The editor, loaded when it is first shown: a file's text, what is wrong in it, and the line to be at. */
export function CodeArea(props: {
  path: string;
  text: string;
  /** Grows when all files were replaced. */
  replaced: number;
  isReadOnly: boolean;
  faults: readonly CodeFault[];
  /** Where to go; a new object goes there again. */
  target: { line: number } | null;
  onEdit: (path: string, text: string) => void;
}): JSX.Element {
  const [editor, setEditor] = createSignal<CodeEditor | null>(null);
  createEffect(
    on(
      () => props.replaced,
      () => {
        editor()?.forget();
        editor()?.show(props.path, props.text);
      },
      { defer: true },
    ),
  );
  createEffect(() => editor()?.setReadOnly(props.isReadOnly));
  createEffect(() => editor()?.show(props.path, props.text));
  createEffect(on([editor, () => props.path, () => props.faults], () => editor()?.mark(props.faults)));
  createEffect(
    on([editor, () => props.target], () => {
      const target = props.target;
      if (target === null) return;
      editor()?.goTo(target.line);
      editor()?.focus();
    }),
  );
  const place = () => ({
    label: (path: string) => t("code.label", { file: path }),
    onEdit: (path: string, text: string) => props.onEdit(path, text),
  });
  return <CodeHost class="rounded-b-lg" place={place} onReady={setEditor} />;
}
