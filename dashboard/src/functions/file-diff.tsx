import { createEffect, createMemo, createSignal, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { Waiting } from "../ui/loaded.tsx";
import { codePhrases } from "./code-phrases.ts";

/** From this width on there is room for two texts side by side. */
const wide = "(min-width: 64rem)";

/** Two texts of one file with what differs: one text, or side by side where there is room for it. The texts do not change while they are shown. */
export function FileDiff(props: {
  path: string;
  before: string;
  after: string;
  labelBefore: string;
  labelAfter: string;
  /** One text, also where there would be room for two; absent: no. */
  isInline?: boolean;
}): JSX.Element {
  const media = matchMedia(wide);
  const [isWide, setWide] = createSignal(media.matches);
  const [isThere, setThere] = createSignal(false);
  let host: HTMLDivElement | undefined;
  let remove = () => {};
  let isGone = false;
  const isOne = () => props.isInline === true || !isWide();
  const show = async () => {
    const { showDiff } = await import("./code-diff.ts");
    if (isGone || host === undefined) return;
    remove();
    const { path, before, after, labelBefore, labelAfter } = props;
    const labels = { labelBefore, labelAfter };
    remove = showDiff(host, { path, before, after, ...labels, phrases: codePhrases() }, isOne());
    setThere(true);
  };
  const follow = () => setWide(media.matches);
  onMount(() => media.addEventListener("change", follow));
  createEffect(on(createMemo(isOne), () => void show()));
  onCleanup(() => {
    isGone = true;
    media.removeEventListener("change", follow);
    remove();
  });
  return (
    <section aria-label={props.path} class="min-w-0 overflow-hidden rounded-md border border-line">
      <h3 class="border-b border-line bg-sunken px-3 py-1.5 font-mono text-xs break-all">{props.path}</h3>
      <Show when={!isThere()}>
        <Waiting />
      </Show>
      <div ref={host} class="code-host max-h-[70dvh] overflow-auto" />
    </section>
  );
}
