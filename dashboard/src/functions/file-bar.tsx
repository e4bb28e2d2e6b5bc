import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { t } from "../words/words.ts";
import { manifestName } from "./manifest-text.ts";
import { NameDialog } from "./name-dialog.tsx";
import type { Workbench } from "./workbench.ts";

type Asked = "add" | "rename" | "remove";

/** The files of a draft: which one is shown, and adding, renaming and deleting them. */
export function FileBar(props: {
  bench: Workbench;
  path: string;
  isReadOnly: boolean;
  faulty: ReadonlySet<string>;
  onPath: (path: string) => void;
}): JSX.Element {
  const [asked, setAsked] = createSignal<Asked | null>(null);
  const others = () => props.bench.paths().filter((one) => asked() === "add" || one !== props.path);
  const named = (name: string) => {
    if (asked() === "add") props.bench.edit(name, "");
    else if (name !== props.path) props.bench.rename(props.path, name);
    setAsked(null);
    props.onPath(name);
  };
  const remove = () => {
    const { path } = props;
    setAsked(null);
    props.onPath(props.bench.paths().find((one) => one !== path) ?? manifestName);
    props.bench.remove(path);
  };
  return (
    <div class="flex flex-wrap items-center gap-x-2 border-b border-line px-2">
      <nav aria-label={t("code.files")} class="max-w-full flex-auto overflow-x-auto">
        <ul class="flex">
          <For each={props.bench.paths()}>
            {(path) => (
              <li class="shrink-0">
                <button
                  type="button"
                  aria-current={path === props.path ? "true" : undefined}
                  class="min-h-9 border-b-2 border-transparent px-2.5 font-mono text-xs whitespace-nowrap text-muted outline-offset-[-2px] hover:text-ink aria-[current]:border-accent aria-[current]:text-ink"
                  onClick={() => props.onPath(path)}
                >
                  {path}
                  <Show when={props.faulty.has(path)}>
                    <span class="ml-1 text-bad">
                      <span aria-hidden="true">●</span>
                      <span class="sr-only">{t("code.has_fault")}</span>
                    </span>
                  </Show>
                </button>
              </li>
            )}
          </For>
        </ul>
      </nav>
      <Show when={!props.isReadOnly}>
        <div class="flex flex-wrap items-center">
          <Button look="quiet" onClick={() => setAsked("add")}>
            <Icon name="plus" />
            {t("code.add_file")}
          </Button>
          <Show when={props.path !== manifestName}>
            <Button look="quiet" onClick={() => setAsked("rename")}>
              {t("code.rename")}
            </Button>
            <Button look="quiet" onClick={() => setAsked("remove")}>
              {t("code.remove")}
            </Button>
          </Show>
        </div>
      </Show>
      <Show when={asked() === "add" || asked() === "rename"}>
        <NameDialog
          title={asked() === "add" ? t("code.add_file") : t("code.rename_title", { file: props.path })}
          action={asked() === "add" ? t("code.add") : t("code.rename")}
          name={asked() === "add" ? "" : props.path}
          others={others()}
          onClose={() => setAsked(null)}
          onName={named}
        />
      </Show>
      <Dialog
        open={asked() === "remove"}
        title={t("code.remove_title", { file: props.path })}
        onClose={() => setAsked(null)}
      >
        <p>{t("code.remove_hint")}</p>
        <div class="flex justify-end gap-2">
          <Button onClick={() => setAsked(null)}>{t("shell.cancel")}</Button>
          <Button look="danger" onClick={remove}>
            {t("code.remove")}
          </Button>
        </div>
      </Dialog>
    </div>
  );
}
