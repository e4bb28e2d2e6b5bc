import { useNavigate } from "@solidjs/router";
import { createSignal, type JSX, Match, Switch } from "solid-js";
import { lazily } from "../ui/lazily.tsx";
import { holdTyping, releaseTyping, useShortcuts } from "../ui/shortcuts.ts";
import { inbox, places } from "./places.ts";

const nothing = () => null;
const Palette = lazily(
  async () => (await import("../palette/palette.tsx")).Palette,
  ["palette", "settings", "triggers", "runners"],
  nothing,
);
const ShortcutSheet = lazily(
  async () => (await import("../palette/shortcut-sheet.tsx")).ShortcutSheet,
  ["palette", "functions"],
  nothing,
);
const AddDialog = lazily(
  async () => (await import("../runners/add-dialog.tsx")).AddDialog,
  ["runners"],
  nothing,
);

type Shown = "palette" | "shortcuts" | "add-runner";
const [shown, setShown] = createSignal<Shown | null>(null);

/** Keys of the palette, which is also behind a button. */
export const paletteChord = { key: "k" } as const;

/** Opens the palette. */
export function openPalette(): void {
  holdTyping();
  setShown("palette");
}

/** The keys that work on every page, and the dialogs that they open. */
export function FrameKeys(): JSX.Element {
  const navigate = useNavigate();
  useShortcuts([
    {
      press: paletteChord,
      name: "shell.palette",
      run: () => {
        if (shown() !== "palette") return openPalette();
        releaseTyping();
        setShown(null);
      },
    },
    { press: { keys: ["?"] }, name: "shell.shortcuts", run: () => setShown("shortcuts") },
    ...[...places, inbox].map(({ href, name, key }) => ({
      press: { keys: ["g", key] as const },
      name,
      run: () => navigate(href),
    })),
  ]);
  // What was opened from the palette is shown once the palette has given the focus back.
  const close = (own: Shown) => setShown((now) => (now === own ? null : now));
  return (
    <Switch>
      <Match when={shown() === "palette"}>
        <Palette onClose={() => close("palette")} onShow={setShown} />
      </Match>
      <Match when={shown() === "shortcuts"}>
        <ShortcutSheet onClose={() => close("shortcuts")} />
      </Match>
      <Match when={shown() === "add-runner"}>
        <AddDialog onClose={() => close("add-runner")} />
      </Match>
    </Switch>
  );
}
