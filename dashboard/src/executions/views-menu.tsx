import { A } from "@solidjs/router";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { inputClass } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { t } from "../words/words.ts";
import { executionsPath } from "./filter.ts";
import { forgetView, keepView, views } from "./views.ts";

/** The filters that are kept in this browser, each a link; and a way to keep the one in use. */
export function ViewsMenu(props: { filter: string; onChange: (filter: string) => void }): JSX.Element {
  const [name, setName] = createSignal("");
  let menu: HTMLDetailsElement | undefined;
  const keep = (event: SubmitEvent) => {
    event.preventDefault();
    if (name().trim() === "") return;
    keepView(name().trim(), props.filter);
    setName("");
  };
  const close = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || menu?.open !== true) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  };
  return (
    <details ref={menu} class="relative ml-auto" onKeyDown={close}>
      <summary class="flex min-h-7 items-center rounded-md px-2 text-muted hover:bg-sunken hover:text-ink">
        {t("executions.views")}
      </summary>
      <div class="absolute right-0 z-20 mt-1 grid w-72 max-w-[80vw] gap-3 rounded-md border border-edge bg-surface p-3 shadow-lg">
        <Show
          when={views().length > 0}
          fallback={<p class="text-xs text-muted">{t("executions.no_views")}</p>}
        >
          <ul class="grid gap-1">
            <For each={views()}>
              {(view) => (
                <li class="flex items-center gap-2">
                  <A
                    href={executionsPath(view.filter)}
                    class="min-w-0 flex-1 rounded px-1 py-0.5 hover:bg-sunken"
                    onClick={() => menu?.removeAttribute("open")}
                  >
                    <span class="block truncate font-medium">{view.name}</span>
                    <code class="block truncate text-xs text-muted">{view.filter}</code>
                  </A>
                  <Button
                    look="quiet"
                    aria-label={t("executions.forget_view", { name: view.name })}
                    onClick={() => forgetView(view.name)}
                  >
                    <Icon name="cross" />
                  </Button>
                </li>
              )}
            </For>
          </ul>
        </Show>
        <form class="flex gap-2" onSubmit={keep}>
          <input
            class={inputClass}
            aria-label={t("executions.view_name")}
            placeholder={t("executions.view_name")}
            maxLength={60}
            value={name()}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" disabled={props.filter === "" || name().trim() === ""}>
            {t("executions.keep_view")}
          </Button>
        </form>
      </div>
    </details>
  );
}
