import { For, type JSX } from "solid-js";
import { Dialog } from "../ui/dialog.tsx";
import { isSequence } from "../ui/presses.ts";
import { choosePlainKeys, hasPlainKeys, keysText, shortcuts } from "../ui/shortcuts.ts";
import { t } from "../words/words.ts";

/** Every shortcut that works where one is, from the registry that the keyboard itself reads. */
export function ShortcutSheet(props: { onClose: () => void }): JSX.Element {
  const shown = () => shortcuts().filter(({ press }) => hasPlainKeys() || !isSequence(press));
  return (
    <Dialog open onClose={props.onClose} title={t("shell.shortcuts")}>
      <dl class="grid grid-cols-[minmax(0,1fr)_auto] gap-x-6 gap-y-1.5">
        <For each={shown()}>
          {(one) => (
            <>
              <dt>{t(one.name)}</dt>
              <dd>
                <kbd class="rounded border border-edge px-1.5 py-0.5 text-xs">{keysText(one.press)}</kbd>
              </dd>
            </>
          )}
        </For>
      </dl>
      <label class="flex min-h-7 items-center gap-2 border-t border-line pt-3">
        <input
          type="checkbox"
          class="size-4 shrink-0 accent-(--accent)"
          checked={hasPlainKeys()}
          onChange={(event) => choosePlainKeys(event.currentTarget.checked)}
        />
        {t("palette.plain_keys")}
      </label>
      <p class="text-xs text-muted">{t("palette.plain_keys_hint")}</p>
    </Dialog>
  );
}
