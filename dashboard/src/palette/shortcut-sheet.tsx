import { For, type JSX } from "solid-js";
import { Dialog } from "../ui/dialog.tsx";
import { type PartPress, partKeys } from "../ui/part-keys.ts";
import { isSequence } from "../ui/presses.ts";
import { choosePlainKeys, hasPlainKeys, keysText, shortcuts } from "../ui/shortcuts.ts";
import { type Key, t } from "../words/words.ts";

/** What a key is called where it does not write itself. */
const keyNames: Readonly<Record<string, Key>> = {
  " ": "palette.key_space",
  Home: "palette.key_home",
  End: "palette.key_end",
  PageUp: "palette.key_page_up",
  PageDown: "palette.key_page_down",
  Delete: "palette.key_delete",
  Escape: "palette.key_escape",
};
const signs: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Enter: "↵",
};

/** Keys of a part as this machine's keyboard writes them. */
function partText({ keys, shift, alt, mod }: PartPress): string {
  const held = [mod && keysText({ key: "" }), alt && "Alt+", shift && t("palette.key_shift")].filter(Boolean);
  const names = keys.map((key) => {
    const name = keyNames[key];
    return name === undefined ? (signs[key] ?? key.toUpperCase()) : t(name);
  });
  return held.join("") + names.join(" ");
}

/** Every shortcut that works where one is, from the registry that the keyboard itself reads; those of the parts of a page below. */
export function ShortcutSheet(props: { onClose: () => void }): JSX.Element {
  const shown = () => shortcuts().filter(({ press }) => hasPlainKeys() || !isSequence(press));
  const parts = () => [...new Set(partKeys().map(({ part }) => part))];
  return (
    <Dialog open onClose={props.onClose} title={t("shell.shortcuts")}>
      <Keys listed={shown().map((one) => ({ name: one.name, text: keysText(one.press) }))} />
      <For each={parts()}>
        {(part) => (
          <section aria-label={t("palette.keys_in", { part: t(part) })} class="grid gap-1.5">
            <h3 class="font-semibold">{t("palette.keys_in", { part: t(part) })}</h3>
            <Keys
              listed={partKeys()
                .filter((one) => one.part === part)
                .map((one) => ({ name: one.name, text: partText(one) }))}
            />
          </section>
        )}
      </For>
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

function Keys(props: { listed: readonly { name: Key; text: string }[] }): JSX.Element {
  return (
    <dl class="grid grid-cols-[minmax(0,1fr)_auto] gap-x-6 gap-y-1.5">
      <For each={props.listed}>
        {(one) => (
          <>
            <dt>{t(one.name)}</dt>
            <dd>
              <kbd class="rounded border border-edge px-1.5 py-0.5 text-xs">{one.text}</kbd>
            </dd>
          </>
        )}
      </For>
    </dl>
  );
}
