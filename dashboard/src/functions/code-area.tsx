import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { Waiting } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";
import type { CodeEditor, CodeFault } from "./code-editor.ts";
import { codePhrases } from "./code-phrases.ts";

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
  let host: HTMLDivElement | undefined;
  const [editor, setEditor] = createSignal<CodeEditor | null>(null);
  const [hasFailed, setFailed] = createSignal(false);
  let isGone = false;
  onMount(async () => {
    const loaded = await import("./code-editor.ts").catch(() => null);
    if (isGone || host === undefined) return;
    if (loaded === null) {
      setFailed(true);
      return;
    }
    const place = {
      label: (path: string) => t("code.label", { file: path }),
      phrases: codePhrases(),
      onEdit: (path: string, text: string) => props.onEdit(path, text),
    };
    setEditor(new loaded.CodeEditor(host, place));
  });
  onCleanup(() => {
    isGone = true;
    editor()?.destroy();
  });
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
  return (
    <div class="h-[min(34rem,70dvh)] min-h-64 overflow-hidden rounded-b-lg">
      <Show when={editor() === null}>
        <Show when={hasFailed()} fallback={<Waiting />}>
          <p role="alert" class="p-4 text-bad">
            {t("shell.failed_load")}
          </p>
        </Show>
      </Show>
      <div ref={host} class="code-host h-full" />
    </div>
  );
}
