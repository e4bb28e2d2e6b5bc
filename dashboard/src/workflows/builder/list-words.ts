import { t } from "../../words/words.ts";
import type { OutlineList } from "../model/outline.ts";

/** A list of steps in words: what it is, and when it comes. */
export function listWords({ role, title, condition }: OutlineList): string {
  const words = title === null ? t(`builder.list_${role}`) : t(`builder.list_${role}_of`, { title });
  return condition === null ? words : `${words} · ${t("builder.when", { condition })}`;
}
