import { t } from "../../words/words.ts";
import type { Label } from "./spans.ts";

/** A label in the language in use. */
export function labelText(label: Label): string {
  return "text" in label ? label.text : t(label.key, label.values);
}
