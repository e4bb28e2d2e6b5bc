import { type Component, createMemo, createSignal, type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { Waiting } from "./loaded.tsx";

/**
 * A component whose code comes when it is first shown; what cannot be loaded is thrown to the error boundary around it. In place of `lazy`, which
 * wants a Suspense: under one, a query that is asked again can take the page out of the document for a moment, and with it focus and scroll position.
 */
export function lazily<P extends object>(
  load: () => Promise<Component<P>>,
  fallback: () => JSX.Element = () => <Waiting />,
): Component<P> & { preload: () => void } {
  const [loaded, setLoaded] = createSignal<Component<P> | null>(null);
  const [failure, setFailure] = createSignal<{ error: unknown } | null>(null);
  let asked = false;
  const preload = () => {
    if (asked) return;
    asked = true;
    load().then(
      (component) => setLoaded(() => component),
      (error: unknown) => {
        // Another visit may have more luck.
        asked = false;
        setFailure({ error });
      },
    );
  };
  const Lazily: Component<P> = (props) => {
    setFailure(null);
    preload();
    const ready = createMemo(() => {
      const failed = failure();
      if (failed !== null) throw failed.error;
      return loaded();
    });
    return (
      <Show when={ready()} fallback={fallback()}>
        {(component) => <Dynamic component={component()} {...props} />}
      </Show>
    );
  };
  return Object.assign(Lazily, { preload });
}
