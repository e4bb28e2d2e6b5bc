import * as yaml from "yaml";
import { type Edit, perform, takenNames } from "./edits.ts";
import { plainTree } from "./plain-tree.ts";
import { documentOf, type GoodText, type Path, readText, writeOptions, writeText } from "./read-text.ts";
import { isSameValue } from "./same-value.ts";
import { yamlTree } from "./yaml-tree.ts";

/** A text after an edit, and where the step that the edit was about stands in it; null when it is gone. */
export interface Edited {
  text: string;
  at: Path | null;
}

/**
 * Makes an edit in a text. In YAML, comments, order and the way things are written stay where the edit leaves them alone. Where the document can not be
 * edited as it is (it has aliases there), it is written anew: what it says is right in any case.
 */
export function editText(before: GoodText, edit: Edit): Edited {
  const definition = structuredClone(before.definition);
  const taken = takenNames(definition);
  const at = perform(plainTree(definition), edit, taken);
  if (before.isJson) return { text: writeText(definition, true), at };
  const document = documentOf(before.text);
  keepPadding(document, before.text);
  perform(yamlTree(document), edit, taken);
  const text = document.toString({ ...writeOptions, indentSeq: isIndented(before.text) });
  const { good } = readText(text);
  const isRight = good !== null && isSameValue(good.definition, definition);
  return { text: isRight ? text : writeText(definition, false), at };
}

/** Has each pair of brackets written with spaces inside, or without, as it was. */
function keepPadding(document: yaml.Document.Parsed, text: string): void {
  const keep = (_: unknown, node: yaml.YAMLMap | yaml.YAMLSeq) => {
    const start = node.range?.[0];
    if (node.flow !== true || start === undefined) return;
    const flowCollectionPadding = text[start + 1] === " " ? " " : "";
    const write = node.toString;
    node.toString = function (this: typeof node, context, ...rest) {
      const own = context === undefined ? context : { ...context, flowCollectionPadding };
      return write.call(this, own, ...rest);
    };
  };
  yaml.visit(document, { Map: keep, Seq: keep });
}

/** Whether the items of lists stand further in than the key of the list. */
function isIndented(text: string): boolean {
  return !/^( *)[^\s#-][^\n]*:[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*\1- /m.test(text);
}
