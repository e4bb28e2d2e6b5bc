import { consolePath } from "../runners/paths.ts";
import { adminParts, partPath, parts } from "../settings/parts.ts";
import { t } from "../words/words.ts";
import type { Doer, Entry } from "./entries.ts";

/** Pages within the places, to be looked for: parts of the settings, kinds of triggers, the console. */
export function pageEntries({ go, may }: Doer): Entry[] {
  const shown = parts.filter((part) => part !== "you" && (may("admin") || !adminParts.has(part)));
  const kinds = ["webhooks", "schedules", "channels"] as const;
  return [
    ...shown.map(
      (part): Entry => ({
        id: `go:${partPath(part)}`,
        text: t(`settings.part_${part}`),
        also: `${t("shell.settings")} ${partPath(part)} ${others[part] ?? ""}`,
        icon: "settings",
        run: () => go(partPath(part)),
      }),
    ),
    ...kinds.map((kind): Entry => {
      const path = kind === "webhooks" ? "/triggers" : `/triggers?tab=${kind}`;
      return {
        id: `go:triggers:${kind}`,
        text: t(`triggers.${kind}`),
        also: `${t("shell.triggers")} ${path}`,
        icon: "triggers",
        run: () => go(path),
      };
    }),
    {
      id: `go:${consolePath()}`,
      text: t("runners.console"),
      also: `${t("shell.runners")} terminal shell`,
      icon: "runners",
      run: () => go(consolePath()),
    },
  ];
}

/** Other words for parts of the settings, in both languages. */
const others: Partial<Record<(typeof parts)[number], string>> = {
  keys: "tokens credentials credenciales",
  people: "users roles usuarios",
  sources: "git repositories repositorios",
  usage: "quotas cuotas",
  retention: "cleanup limpieza",
  health: "doctor backup copia",
};
