import type { Found } from "@pulse/schema/wire/search";
import { setDraining } from "../runners/queries.ts";
import { tell } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import type { Doer, Entry } from "./entries.ts";

/** What can be done with a runner that was found. */
export function runnerEntries({ name }: Pick<Found, "name">, { may }: Doer): Entry[] {
  if (!may("admin")) return [];
  const set = async (isDraining: boolean) => {
    try {
      await setDraining(name, isDraining);
      say(t(isDraining ? "palette.drained" : "palette.resumed", { name }));
    } catch (error) {
      say(`${tell(error).title}: ${tell(error).detail}`);
    }
  };
  return [
    {
      id: `drain:${name}`,
      text: t("palette.drain_named", { name }),
      icon: "runners",
      run: () => void set(true),
    },
    {
      id: `resume:${name}`,
      text: t("palette.resume_named", { name }),
      icon: "runners",
      run: () => void set(false),
    },
  ];
}

/** What is looked for when a verb stands before it: of "drain web-1", "web-1". */
export function subjectOf(asked: string): string {
  const keys = ["call_named", "run_named", "drain_named", "resume_named"] as const;
  const verbs = keys.map((key) => t(`palette.${key}`, { name: "" }).trim().toLowerCase());
  const verb = verbs.find((one) => asked.toLowerCase().startsWith(`${one} `));
  return verb === undefined ? asked : asked.slice(verb.length).trim();
}
