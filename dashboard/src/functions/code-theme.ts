import { javascript, javascriptLanguage } from "@codemirror/lang-javascript";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The colours of the page, so that every theme of it is a theme of the code.
const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self], color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--ok)" },
  { tag: [tags.number, tags.bool, tags.null, tags.typeName, tags.className], color: "var(--warn)" },
  {
    tag: [
      tags.definition(tags.variableName),
      tags.function(tags.variableName),
      tags.function(tags.propertyName),
      tags.propertyName,
    ],
    color: "var(--busy)",
  },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  // Above the gutter, which would hide an outline.
  "&.cm-focused::after": {
    content: '""',
    position: "absolute",
    inset: "0",
    border: "2px solid var(--accent)",
    pointerEvents: "none",
    zIndex: "400",
  },
  ".cm-scroller": { fontFamily: "var(--code-font, ui-monospace, monospace)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": {
    backgroundColor: "var(--sunken)",
    color: "var(--muted)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLineGutter": { color: "var(--ink)", fontWeight: "bold" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)",
  },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--accent-soft)",
    outline: "1px solid var(--edge)",
  },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel input, .cm-panel button, .cm-panel .cm-button, .cm-panel .cm-textfield": {
    backgroundColor: "var(--surface)",
    backgroundImage: "none",
    color: "var(--ink)",
    border: "1px solid var(--edge)",
    borderRadius: "4px",
  },
  ".cm-panel.cm-search": { padding: "6px 28px 6px 6px" },
  ".cm-panel.cm-search label, .cm-panel .cm-button, .cm-panel .cm-textfield": { fontSize: "12px" },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "4px" },
  ".cm-panel .cm-button, .cm-panel .cm-textfield": { padding: "3px 8px" },
  ".cm-panel.cm-search button[name=close]": {
    padding: "2px 8px",
    fontSize: "16px",
    color: "var(--ink)",
    border: "none",
  },
  ".cm-panel :focus-visible": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-tooltip": {
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    border: "1px solid var(--edge)",
    borderRadius: "6px",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--accent-ink)",
  },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
  ".cm-searchMatch.cm-searchMatch-selected": { backgroundColor: "var(--accent-soft)" },
  ".cm-selectionMatch": { backgroundColor: "var(--busy-soft)" },
  ".cm-changedLine, .cm-insertedLine, &.cm-merge-b .cm-changedLine": { backgroundColor: "var(--ok-soft)" },
  ".cm-deletedChunk, &.cm-merge-a .cm-changedLine, .cm-deletedLine": { backgroundColor: "var(--bad-soft)" },
  ".cm-changedText, &.cm-merge-b .cm-changedText": {
    background: "color-mix(in srgb, var(--ok) 22%, transparent)",
  },
  "&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText": {
    background: "color-mix(in srgb, var(--bad) 22%, transparent)",
  },
  // As they come these are pictures in data: URLs, which the content security policy does not load.
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--bad)",
    textDecorationSkipInk: "none",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--warn)",
    textDecorationSkipInk: "none",
  },
  ".cm-lint-marker-error, .cm-lint-marker-warning": {
    content: "normal",
    width: "0.7em",
    height: "0.7em",
    marginTop: "0.4em",
    borderRadius: "50%",
    backgroundColor: "var(--bad)",
  },
  ".cm-lint-marker-warning": { backgroundColor: "var(--warn)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-collapsedLines": {
    background: "var(--sunken)",
    color: "var(--muted)",
    borderBlock: "1px solid var(--line)",
    // As it comes it is a character that many fonts lack.
    "&:before, &:after": { content: '"⋯"' },
  },
});

const json = new LanguageSupport(javascriptLanguage.configure({ top: "SingleExpression" }));

function languageOf(path: string): Extension {
  if (/\.(ts|mts|cts)$/.test(path)) return javascript({ typescript: true });
  if (/\.tsx$/.test(path)) return javascript({ typescript: true, jsx: true });
  if (/\.(js|mjs|cjs|jsx)$/.test(path)) return javascript({ jsx: true });
  if (/\.pyi?$/.test(path)) return python();
  if (/\.jsonc?$/.test(path)) return json;
  return [];
}

/** How code looks: the page's colours, and the language by the file's name. */
export function codeLook(path: string): Extension {
  return [theme, syntaxHighlighting(highlight), languageOf(path)];
}

/**
 * A place for CodeMirror inside an element. It lies in a shadow root, where its styles are constructed sheets: as `<style>` elements the content
 * security policy would refuse them.
 */
export function codeRoot(host: HTMLElement): ShadowRoot {
  return host.shadowRoot ?? host.attachShadow({ mode: "open" });
}
