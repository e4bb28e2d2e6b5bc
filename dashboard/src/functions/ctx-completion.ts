import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { EditorState, type Extension } from "@codemirror/state";
import { ctxMembersAt } from "./ctx-members.ts";

/** Offers what `ctx` has after `ctx.`, beside what the language itself offers. */
export function ctxCompletion(path: string): Extension {
  const complete = ({ state, pos }: CompletionContext): CompletionResult | null => {
    const line = state.doc.lineAt(pos);
    const found = ctxMembersAt(path, line.text.slice(0, pos - line.from));
    if (found === null) return null;
    const options = found.members.map(({ name, kind, detail, info }) => ({
      label: name,
      type: kind,
      detail,
      ...(info === undefined ? {} : { info }),
    }));
    return { from: pos - found.typed.length, options, validFor: /^\w*$/ };
  };
  return EditorState.languageData.of(() => [{ autocomplete: complete }]);
}
