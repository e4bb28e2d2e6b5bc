import { createSignal } from "solid-js";

/** The themes there are; `system` follows the operating system, high contrast included. */
export const themes = ["system", "light", "dark", "contrast"] as const;
export type Theme = (typeof themes)[number];

/** Read by `public/first.js` before the first paint. */
const stored = "pulse.theme";
const before = themes.find((one) => one === localStorage.getItem(stored));
const [theme, setTheme] = createSignal<Theme>(before ?? "system");

/** The theme in use. */
export { theme };

/** Changes the theme and keeps the choice in this browser. */
export function chooseTheme(next: Theme): void {
  setTheme(next);
  if (next === "system") {
    localStorage.removeItem(stored);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(stored, next);
    document.documentElement.dataset.theme = next;
  }
}
