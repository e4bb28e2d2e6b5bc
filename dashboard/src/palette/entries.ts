import type { Found, FoundKind } from "@pulse/schema/wire/search";
import { executionPath } from "../executions/execution-row.tsx";
import { functionPath } from "../functions/paths.ts";
import { runnerPath } from "../runners/paths.ts";
import { inbox, places } from "../session/places.ts";
import { chooseTheme, theme, themes } from "../session/theme.ts";
import { triggerPath } from "../triggers/paths.ts";
import type { IconName } from "../ui/icon.tsx";
import type { Press } from "../ui/presses.ts";
import { chooseLanguage, type Language, language, languages, t } from "../words/words.ts";
import { workflowPath } from "../workflows/paths.ts";
import type { Findable } from "./rank.ts";
import type { Visited } from "./recent.ts";

/** What the palette asks for next: which function is to be called, or which workflow run. */
export type Mode = "call" | "run";

/** What an entry can have done. */
export interface Doer {
  go(href: string): void;
  /** Shows a dialog in place of the palette. */
  show(what: "add-runner" | "shortcuts"): void;
  ask(mode: Mode): void;
  signOut(): void;
  /** Whether whoever is signed in may. */
  may(scope: "execute" | "deploy" | "admin"): boolean;
}

/** A line of the palette. */
export interface Entry extends Findable {
  icon: IconName;
  /** What stands beside it: the kind of a thing. */
  kind?: string;
  press?: Press;
  found?: Visited;
  /** Leaves the palette open. */
  stays?: boolean;
  run(): void;
}

/** Where one can go. */
export function goEntries({ go }: Doer): Entry[] {
  return [...places, inbox].map(({ href, icon, name, key }) => ({
    id: `go:${href}`,
    text: t(name),
    also: href,
    icon,
    press: { keys: ["g", key] },
    run: () => go(href),
  }));
}

/** What one can do, as far as one may. */
export function doEntries(doer: Doer): Entry[] {
  const { go, show, ask, may, signOut } = doer;
  const entries: (Entry & { needs?: "execute" | "deploy" | "admin" })[] = [
    {
      id: "new-function",
      text: t("palette.new_function"),
      also: "deploy desplegar",
      icon: "plus",
      needs: "deploy",
      run: () => go("/functions/_new"),
    },
    {
      id: "new-workflow",
      text: t("palette.new_workflow"),
      icon: "plus",
      needs: "deploy",
      run: () => go("/workflows/_new"),
    },
    {
      id: "call",
      text: t("palette.call"),
      icon: "play",
      needs: "execute",
      stays: true,
      run: () => ask("call"),
    },
    { id: "run", text: t("palette.run"), icon: "play", needs: "execute", stays: true, run: () => ask("run") },
    {
      id: "add-runner",
      text: t("palette.add_runner"),
      icon: "plus",
      needs: "admin",
      run: () => show("add-runner"),
    },
    ...themes
      .filter((one) => one !== theme())
      .map(
        (one): Entry => ({
          id: `theme:${one}`,
          text: t(`palette.theme_${one}`),
          icon: "settings",
          run: () => chooseTheme(one),
        }),
      ),
    ...(Object.keys(languages) as Language[])
      .filter((one) => one !== language())
      .map(
        (one): Entry => ({
          id: `language:${one}`,
          text: t("palette.language", { name: languages[one] }),
          also: "language idioma",
          icon: "settings",
          run: () => void chooseLanguage(one),
        }),
      ),
    {
      id: "shortcuts",
      text: t("shell.shortcuts"),
      icon: "settings",
      press: { keys: ["?"] },
      run: () => show("shortcuts"),
    },
    { id: "api", text: t("palette.api"), icon: "link", run: () => location.assign("/docs") },
    { id: "sign-out", text: t("palette.sign_out"), icon: "stop", run: signOut },
  ];
  return entries.filter(({ needs }) => needs === undefined || may(needs));
}

const icons: Readonly<Record<FoundKind, IconName>> = {
  function: "functions",
  workflow: "workflows",
  runner: "runners",
  execution: "executions",
  webhook: "triggers",
  schedule: "triggers",
  channel: "triggers",
};

function pathOf({ kind, id, name }: Pick<Found, "kind" | "id" | "name">): string {
  if (kind === "function") return functionPath(name);
  if (kind === "workflow") return workflowPath(name);
  if (kind === "execution") return executionPath(id);
  return kind === "runner" ? runnerPath(name) : triggerPath(`${kind}s`, id);
}

/** A thing that was found, to go to. */
export function foundEntry(found: Visited, { go }: Doer): Entry | null {
  if (!isFoundKind(found.kind)) return null;
  const { kind, id, name } = { ...found, kind: found.kind };
  return {
    id: `${kind}:${id}`,
    text: name,
    also: id,
    icon: icons[kind],
    kind: kind === "execution" ? `${t("palette.kind_execution")} · ${id}` : t(`palette.kind_${kind}`),
    found: { kind, id, name },
    run: () => go(pathOf({ kind, id, name })),
  };
}

function isFoundKind(kind: string): kind is FoundKind {
  return Object.hasOwn(icons, kind);
}

/** A function to call, or a workflow to run. */
export function startEntry(name: string, mode: Mode, { go }: Doer): Entry {
  return {
    id: `${mode}:${name}`,
    text: t(mode === "call" ? "palette.call_named" : "palette.run_named", { name }),
    icon: "play",
    run: () => go(mode === "call" ? functionPath(name) : `${workflowPath(name)}?run=now`),
  };
}
