/** What stands in a template, in order. */
type Token = { kind: "text"; text: string } | { kind: "action"; text: string };

type Scope = Readonly<Record<string, unknown>>;

/**
 * Renders the small part of Go templates that our chart uses: values by their path, `quote`, `toJson`, `int`, `gt`, `required`, `if`/`else`, `range` over a map, trimming.
 * Anything else is refused, so that nothing passes unread; it is no Helm. Throws with the message of `required` where a value is empty.
 */
export function renderTemplate(template: string, data: Scope): string {
  const tokens = tokensOf(template);
  const at = { index: 0 };
  const text = renderBlock(tokens, at, data, true);
  if (at.index !== tokens.length) throw new Error(`{{ ${actionAt(tokens, at.index)} }} ends nothing`);
  return text;
}

function tokensOf(template: string): Token[] {
  const tokens: Token[] = [];
  let rest = template;
  for (;;) {
    const found = /\{\{(-?)\s*([\s\S]*?)\s*(-?)\}\}/.exec(rest);
    if (found === null) return [...tokens, { kind: "text", text: rest }];
    const [whole, left, action = "", right] = found;
    const before = rest.slice(0, found.index);
    tokens.push({ kind: "text", text: left === "-" ? before.trimEnd() : before });
    tokens.push({ kind: "action", text: action });
    rest = rest.slice(found.index + whole.length);
    if (right === "-") rest = rest.trimStart();
  }
}

function actionAt(tokens: readonly Token[], index: number): string | null {
  const token = tokens[index];
  return token?.kind === "action" ? token.text : null;
}

/** Renders up to the `end` or `else` of this block, which is left to the caller. Without `isShown` it is read over. */
function renderBlock(
  tokens: readonly Token[],
  at: { index: number },
  scope: Scope,
  isShown: boolean,
): string {
  let text = "";
  for (; at.index < tokens.length; at.index++) {
    const token = tokens[at.index];
    if (token === undefined) break;
    if (token.kind === "text") {
      text += isShown ? token.text : "";
      continue;
    }
    if (token.text === "end" || token.text === "else") return text;
    const [, word, condition = ""] = /^(if|range)\s+([\s\S]+)$/.exec(token.text) ?? [];
    if (word === undefined) text += isShown ? textOf(evaluated(token.text, scope), token.text) : "";
    else if (word === "if") text += renderIf(tokens, at, scope, isShown, condition);
    else text += renderRange(tokens, at, scope, isShown, condition);
  }
  return text;
}

function renderIf(
  tokens: readonly Token[],
  at: { index: number },
  scope: Scope,
  isShown: boolean,
  condition: string,
): string {
  const holds = isShown && isTrue(evaluated(condition, scope));
  at.index += 1;
  let text = renderBlock(tokens, at, scope, holds);
  if (actionAt(tokens, at.index) === "else") {
    at.index += 1;
    text += renderBlock(tokens, at, scope, isShown && !holds);
  }
  if (actionAt(tokens, at.index) !== "end") throw new Error(`{{ if ${condition} }} has no end`);
  return text;
}

function renderRange(
  tokens: readonly Token[],
  at: { index: number },
  scope: Scope,
  isShown: boolean,
  words: string,
): string {
  const [, key, value, of] = /^\$(\w+), \$(\w+) := (\S+)$/.exec(words) ?? [];
  if (key === undefined || value === undefined || of === undefined)
    throw new Error(`range ${words} is not known`);
  const from = at.index + 1;
  const entries = isShown ? Object.entries(evaluated(of, scope) as Scope).sort() : []; // Only maps are ranged over.
  let text = "";
  for (const [name, one] of entries) {
    at.index = from;
    text += renderBlock(tokens, at, { ...scope, [`$${key}`]: name, [`$${value}`]: one }, true);
  }
  at.index = from;
  renderBlock(tokens, at, scope, false);
  if (actionAt(tokens, at.index) !== "end") throw new Error(`{{ range ${words} }} has no end`);
  return text;
}

/** The value of `first | then | then`. */
function evaluated(expression: string, scope: Scope): unknown {
  const [first = "", ...pipes] = expression.split(/\s+\|\s+/);
  let value = callOf(first, scope);
  for (const pipe of pipes) {
    if (pipe === "quote") value = JSON.stringify(textOf(value, expression));
    else if (pipe === "toJson") value = JSON.stringify(value);
    else throw new Error(`{{ ${expression} }}: ${pipe} is not known`);
  }
  return value;
}

function callOf(expression: string, scope: Scope): unknown {
  const [, message, needed] = /^required "([^"]+)" (\S+)$/.exec(expression) ?? [];
  if (message !== undefined && needed !== undefined) {
    const value = pathOf(needed, scope);
    if (value === undefined || value === null || value === "") throw new Error(message);
    return value;
  }
  const more = /^gt \(int (\S+)\) (\d+)$/.exec(expression);
  if (more !== null) return Number(pathOf(more[1] ?? "", scope)) > Number(more[2]);
  const whole = /^int (\S+)$/.exec(expression);
  return whole === null ? pathOf(expression, scope) : Math.trunc(Number(pathOf(whole[1] ?? "", scope)));
}

/** What stands at `.Values.a.b` or `$name`. A path that leads nowhere is a mistake of the chart. */
function pathOf(path: string, scope: Scope): unknown {
  if (/^\$\w+$/.test(path) && path in scope) return scope[path];
  if (!/^(\.\w+)+$/.test(path)) throw new Error(`{{ ${path} }} is not known`);
  let value: unknown = scope;
  for (const name of path.slice(1).split(".")) {
    if (typeof value !== "object" || value === null || !(name in value))
      throw new Error(`there is no ${path}`);
    value = Reflect.get(value, name);
  }
  return value;
}

function textOf(value: unknown, expression: string): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return String(value);
  throw new Error(`{{ ${expression} }} is no text`);
}

function isTrue(value: unknown): boolean {
  return value !== "" && value !== 0 && value !== false && value !== null && value !== undefined;
}
