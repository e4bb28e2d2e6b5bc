import definitionSchema from "virtual:definition-schema";
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { yaml, yamlLanguage } from "@codemirror/lang-yaml";
import type { Extension } from "@codemirror/state";
import { completionsAt, type KnownNames } from "../model/complete.ts";

/** The language of definitions: YAML, and JSON as a part of it, with completion of fields, values and `names`. */
export function definitionLanguage(names: () => KnownNames): Extension {
  const complete = (context: CompletionContext): CompletionResult | null => {
    const text = context.state.doc.toString();
    const found = completionsAt(text, context.pos, definitionSchema, names());
    if (found === null || (found.from === context.pos && !context.explicit)) return null;
    return {
      from: found.from,
      options: found.options.map(({ text: label, isField }) => ({
        label,
        type: isField ? "property" : "enum",
        ...(isField ? { apply: `${label}: ` } : {}),
      })),
      validFor: /^[\w.:@-]*$/,
    };
  };
  return [yaml(), yamlLanguage.data.of({ autocomplete: complete })];
}
