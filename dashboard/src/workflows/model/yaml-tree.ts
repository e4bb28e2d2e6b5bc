import * as yaml from "yaml";
import type { Tree } from "./edits.ts";
import type { Path } from "./read-text.ts";

const ownValues = { aliasDuplicateObjects: false };

/** A YAML document, to be edited in place; comments stay with what they stand above. */
export function yamlTree(document: yaml.Document): Tree<yaml.Node> {
  const get = (path: Path): yaml.Node | null => {
    const found = path.length === 0 ? document.contents : document.getIn(path, true);
    return yaml.isNode(found) ? found : null;
  };
  const listAt = (path: Path): yaml.YAMLSeq | null => {
    const found = get(path);
    if (yaml.isSeq(found)) return found;
    if (found !== null && !(yaml.isScalar(found) && found.value === null)) return null;
    const made = new yaml.YAMLSeq();
    document.setIn(path, made);
    return made;
  };
  return {
    get,
    take(path) {
      const found = get(path);
      if (found === null) return null;
      const list = get(path.slice(0, -1));
      if (yaml.isSeq(list)) giveFirstItsComment(list);
      document.deleteIn(path);
      // Brackets hold the place of what would be nothing.
      if (yaml.isSeq(list) && list.items.length === 0) list.flow = true;
      return found;
    },
    put(path, at, node) {
      const list = listAt(path);
      if (list === null) return;
      giveFirstItsComment(list);
      if (list.items.length === 0) list.flow = false;
      list.items.splice(at, 0, node);
    },
    set(path, value) {
      const around = get(path.slice(0, -1));
      if (yaml.isScalar(around) && around.value === null)
        document.setIn(path.slice(0, -1), new yaml.YAMLMap());
      // Through an alias nothing is set: it is another place's value.
      else if (around !== null && !yaml.isCollection(around)) return;
      if (value === undefined) return void document.deleteIn(path);
      const found = get(path);
      // The old scalar keeps its comment and how it was written.
      if (yaml.isScalar(found) && (typeof value !== "object" || value === null)) setScalar(found, value);
      else document.setIn(path, document.createNode(value, ownValues));
    },
    copy(node) {
      const copy = node.clone() as yaml.Node;
      copy.commentBefore = null;
      return copy;
    },
    made: (value) => document.createNode(value, ownValues),
    plain: (node) => node.toJS(document),
    rename(node, path, text) {
      if (!yaml.isCollection(node)) return node;
      const found = node.getIn(path, true);
      if (yaml.isScalar(found)) setScalar(found, text);
      return node;
    },
  };
}

function setScalar(scalar: yaml.Scalar, value: unknown): void {
  const isText = typeof value === "string";
  // A number's own writing, or a plain word that would now be a number, is not kept.
  if (!isText || typeof scalar.value !== "string") delete scalar.type;
  else if (value.includes("\n")) scalar.type = "BLOCK_LITERAL";
  else if (scalar.type?.startsWith("BLOCK")) delete scalar.type;
  delete scalar.format;
  delete scalar.source;
  scalar.value = value;
}

/** What stands above the first item belongs to it, and moves with it; the library gives it to the list. */
function giveFirstItsComment(list: yaml.YAMLSeq): void {
  const [first] = list.items;
  if (!list.commentBefore || list.flow === true || !yaml.isNode(first)) return;
  first.commentBefore = [list.commentBefore, first.commentBefore].filter(Boolean).join("\n");
  list.commentBefore = null;
}
