import { createSignal, type JSX, onCleanup, onMount, Show } from "solid-js";
import { Waiting } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";
import type { CodeEditor, EditorPlace } from "./code-editor.ts";
import { codePhrases } from "./code-phrases.ts";

type Place = Omit<EditorPlace, "phrases">;

/** The box of an editor, which is loaded when it is first shown. `place`: what it is made with, loaded beside it; `onReady`: it is there. */
export function CodeHost(props: {
  class: string;
  place: () => Place | Promise<Place>;
  onReady: (editor: CodeEditor) => void;
}): JSX.Element {
  let host: HTMLDivElement | undefined;
  const [editor, setEditor] = createSignal<CodeEditor | null>(null);
  const [hasFailed, setFailed] = createSignal(false);
  let isGone = false;
  onMount(async () => {
    const loaded = await Promise.all([import("./code-editor.ts"), props.place()]).catch(() => null);
    if (isGone || host === undefined) return;
    if (loaded === null) return void setFailed(true);
    const [{ CodeEditor: Editor }, place] = loaded;
    props.onReady(setEditor(new Editor(host, { ...place, phrases: codePhrases() })));
  });
  onCleanup(() => {
    isGone = true;
    editor()?.destroy();
  });
  return (
    <div class={`h-[min(34rem,70dvh)] min-h-64 overflow-hidden ${props.class}`}>
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
