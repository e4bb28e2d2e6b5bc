import { createSignal, For, type JSX, Match, Show, Switch } from "solid-js";
import { Button } from "../../ui/button.tsx";
import { lazily } from "../../ui/lazily.tsx";
import { usePartKeys } from "../../ui/part-keys.ts";
import { oneOf } from "../../ui/search-fields.ts";
import { useSearch } from "../../ui/search-state.ts";
import { t } from "../../words/words.ts";
import { createBuilder, type Finding } from "./create-builder.ts";
import { ListView } from "./list-view.tsx";

const GraphView = lazily(async () => (await import("./graph-view.tsx")).GraphView, ["builder"]);
const TextView = lazily(async () => (await import("./text-view.tsx")).TextView, ["builder", "functions"]);

const views = ["list", "graph", "text"] as const;

/** A definition in three views that stay in step: as a list, as a drawing and as text. Every problem that the gateway finds stands below. */
export function BuilderView(props: { text: string; onInput: (text: string) => void }): JSX.Element {
  const builder = createBuilder(
    () => props.text,
    (text) => props.onInput(text),
  );
  const [place, setPlace] = useSearch({ view: oneOf(views) });
  const [goTo, setGoTo] = createSignal<{ line: number } | null>(null);
  const view = () => place().view ?? "list";
  const show = (next: (typeof views)[number]) => setPlace({ view: next }, { replace: true });
  let root: HTMLDivElement | undefined;
  /** Goes back or forward, and keeps the focus here should what had it be gone. */
  const go = (act: () => void) => {
    act();
    if (document.activeElement === document.body) root?.focus();
  };
  const keys = usePartKeys("builder.part", [
    { keys: ["z"], mod: true, name: "builder.undo", run: () => go(builder.undo) },
    { keys: ["z"], mod: true, shift: true, name: "builder.redo", run: () => go(builder.redo) },
    { keys: ["y"], mod: true, name: "builder.redo", run: () => go(builder.redo) },
  ]);
  const onKey = (event: KeyboardEvent) => {
    // A text has an undo of its own while one is in it.
    const isTyping =
      event.target instanceof HTMLElement && event.target.matches("input, textarea, .code-host");
    if (!isTyping) keys(event);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the chords of what is inside.
    <div ref={root} tabindex="-1" class="grid grid-cols-[minmax(0,1fr)] gap-3 outline-none" onKeyDown={onKey}>
      <div class="flex flex-wrap items-center gap-2">
        <fieldset aria-label={t("builder.views")} class="flex">
          <For each={views}>
            {(one) => (
              <Button
                class="not-first:-ml-px not-first:rounded-l-none not-last:rounded-r-none aria-pressed:bg-accent-soft aria-pressed:text-accent"
                aria-pressed={view() === one}
                onClick={() => show(one)}
              >
                {t(`builder.view_${one}`)}
              </Button>
            )}
          </For>
        </fieldset>
        <div class="ml-auto flex gap-2">
          <Button disabled={!builder.canUndo()} onClick={builder.undo}>
            {t("builder.undo")}
          </Button>
          <Button disabled={!builder.canRedo()} onClick={builder.redo}>
            {t("builder.redo")}
          </Button>
        </div>
      </div>
      <Show when={view() !== "text" && builder.bad()}>
        {(bad) => (
          <div
            role="alert"
            class="grid justify-items-start gap-1 rounded-md border border-bad bg-bad-soft px-3 py-2"
          >
            <p class="font-semibold text-bad">{t("builder.broken")}</p>
            <p class="break-words">{bad().message}</p>
            <Button
              onClick={() => {
                setGoTo({ line: bad().line });
                show("text");
              }}
            >
              {t("builder.mend", { line: String(bad().line) })}
            </Button>
          </div>
        )}
      </Show>
      <Switch>
        <Match when={view() === "list"}>
          <ListView builder={builder} />
        </Match>
        <Match when={view() === "graph"}>
          <GraphView builder={builder} />
        </Match>
        <Match when={view() === "text"}>
          <TextView builder={builder} goTo={goTo()} />
        </Match>
      </Switch>
      <div role="status" class="grid gap-2">
        <Show when={builder.checked()}>
          {(found) => (
            <>
              <p class={`font-medium ${found().valid ? "text-ok" : "text-bad"}`}>
                {t(found().valid ? "workflows.valid" : "workflows.invalid")}
              </p>
              <Findings
                findings={[...found().errors, ...found().warnings]}
                onGo={(line) => {
                  setGoTo({ line });
                  show("text");
                }}
              />
            </>
          )}
        </Show>
      </div>
    </div>
  );
}

function Findings(props: { findings: readonly Finding[]; onGo: (line: number) => void }): JSX.Element {
  return (
    <ul class="grid gap-1 empty:hidden">
      <For each={props.findings}>
        {(one) => (
          <li class="flex flex-wrap items-baseline gap-x-2">
            <Show when={one.position}>
              {(at) => (
                <button
                  type="button"
                  class="min-h-6 font-medium text-accent underline"
                  onClick={() => props.onGo(at().line)}
                >
                  {t("workflows.line", { line: String(at().line) })}
                </button>
              )}
            </Show>
            <code class="text-xs break-all text-muted">{one.pointer}</code>
            <span class="break-words">{one.message}</span>
          </li>
        )}
      </For>
    </ul>
  );
}
