import type { IconName } from "../ui/icon.tsx";
import type { Key } from "../words/words.ts";

/** A place of the dashboard: its address, and the key that leads there after `g`. */
export interface Place {
  href: string;
  icon: IconName;
  name: Key;
  key: string;
}

/** The places in the order of the navigation. */
export const places: readonly Place[] = [
  { href: "/", icon: "home", name: "shell.home", key: "h" },
  { href: "/functions", icon: "functions", name: "shell.functions", key: "f" },
  { href: "/workflows", icon: "workflows", name: "shell.workflows", key: "w" },
  { href: "/executions", icon: "executions", name: "shell.executions", key: "e" },
  { href: "/runners", icon: "runners", name: "shell.runners", key: "r" },
  { href: "/triggers", icon: "triggers", name: "shell.triggers", key: "t" },
  { href: "/settings", icon: "settings", name: "shell.settings", key: "s" },
];

/** What people are asked; it stands beside the places, with its count. */
export const inbox: Place = { href: "/inbox", icon: "inbox", name: "shell.inbox", key: "i" };
