import { type Component, createSignal, type JSX, Match, Switch } from "solid-js";
import { Dynamic } from "solid-js/web";
import type { Place } from "../words/places.ts";
import { needWords, t } from "../words/words.ts";
import { Button } from "./button.tsx";
import { Waiting } from "./loaded.tsx";

const againMs = 300;

/**
 * A component whose code comes when it is first shown, with the texts of `words`; where they do not come it says so, and only it. In place of `lazy`, which wants a Suspense:
 * under one, a query that is asked again can take the page out of the document for a moment, and with it focus and scroll position.
 */
export function lazily<P extends object>(
  load: () => Promise<Component<P>>,
  words: readonly Place[] = [],
  fallback: () => JSX.Element = () => <Waiting />,
): Component<P> & { preload: () => void } {
  const [loaded, setLoaded] = createSignal<Component<P> | null>(null);
  const [hasFailed, setFailed] = createSignal(false);
  let isAsked = false;
  const preload = () => {
    if (isAsked) return;
    isAsked = true;
    setFailed(false);
    const all = () => Promise.all([load(), needWords(words)]);
    // A browser breaks off what is under way when its network changes: that is over a moment later.
    const again = () => new Promise((resolve) => setTimeout(resolve, againMs)).then(all);
    all()
      .catch(again)
      .then(
        ([component]) => setLoaded(() => component),
        () => {
          // Another try may have more luck.
          isAsked = false;
          setFailed(true);
        },
      );
  };
  const Lazily: Component<P> = (props) => {
    preload();
    return (
      <Switch fallback={fallback()}>
        <Match when={loaded()}>{(component) => <Dynamic component={component()} {...props} />}</Match>
        <Match when={hasFailed()}>
          <NotLoaded onRetry={preload} />
        </Match>
      </Switch>
    );
  };
  return Object.assign(Lazily, { preload });
}

/** A part whose code did not come: the gateway is away, or was updated, so that the old parts are gone. */
function NotLoaded(props: { onRetry: () => void }): JSX.Element {
  return (
    <div role="alert" class="m-4 grid justify-items-start gap-3 rounded-md border border-bad bg-bad-soft p-3">
      <p>{t("shell.failed_load")}</p>
      <div class="flex flex-wrap gap-2">
        <Button onClick={() => props.onRetry()}>{t("shell.retry")}</Button>
        <Button onClick={() => location.reload()}>{t("shell.reload")}</Button>
      </div>
    </div>
  );
}
