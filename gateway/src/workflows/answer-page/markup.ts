/** HTML that is safe to put into a page as it is. */
export interface Markup {
  readonly text: string;
}

/** HTML that is ours: nothing in it comes from anywhere else. */
export function markup(text: string): Markup {
  return { text };
}

/** Puts values into HTML: texts escaped for an element or a quoted attribute, markup as it is, lists one after the other. */
export function html(
  parts: TemplateStringsArray,
  ...values: (string | Markup | readonly Markup[])[]
): Markup {
  const text = parts.map((part, i) => part + written(values[i] ?? "")).join("");
  return { text };
}

function written(value: string | Markup | readonly Markup[]): string {
  if (typeof value === "string") return escaped(value);
  return "text" in value ? value.text : value.map(({ text }) => text).join("");
}

const names: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => names[char] ?? char);
}
