import type { PromptView } from "@pulse/schema/wire/workflow-runs";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import type { InputPlan } from "@pulse/schema/workflow/plan";
import { languageOf } from "../../http/language.ts";
import { formField, textOf } from "./form-field.ts";
import { html, type Markup, markup } from "./markup.ts";
import { filled, type Words, wordsIn } from "./words.ts";

/** What the page is made of besides its own words. */
export interface PageFrame {
  /** The `Accept-Language` of the browser. */
  language: string | null;
  /** Shows that a form was sent from this page. */
  token: string;
  /** Lets the page's own style through. */
  nonce: string;
  /** Where its forms go: the path of the page. */
  path: string;
  /** What went wrong the time before. */
  problem: string | null;
}

/** A prompt on the page. */
export interface ShownPrompt {
  prompt: PromptView;
  execution: string;
  workflow: string;
  /** Who looks at it. */
  name: string;
  /** What was filled in the time before. */
  given: Readonly<Record<string, string>>;
}

/** Colours of its own in both schemes, each text at least 4.5:1 on what is behind it; forced colours are the system's. */
const style = `:root{color-scheme:light dark;--canvas:#fff;--ink:#12161d;--muted:#515b6a;--edge:#7f8a9a;--accent:#4338ca;--bad:#b01c14}
@media(prefers-color-scheme:dark){:root{--canvas:#141a22;--ink:#e7ebf1;--muted:#a0abbb;--edge:#6f7b8c;--accent:#a9b1ff;--bad:#ff9f95}}
@media(forced-colors:active){:root{--canvas:Canvas;--ink:CanvasText;--muted:CanvasText;--edge:ButtonBorder;--accent:LinkText;--bad:CanvasText}}
html{background:var(--canvas);color:var(--ink)}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:36rem;padding:0 1rem}a{color:var(--accent)}
h1{font-size:1.3rem;white-space:pre-wrap;overflow-wrap:anywhere}label,legend{display:block;margin-top:1rem;font-weight:600}fieldset{border:0;margin:0;padding:0}
fieldset label{font-weight:400;margin-top:.3rem}input,select,textarea,button{font:inherit;color:inherit;background:var(--canvas);border:1px solid var(--edge);border-radius:.3rem}
input:not([type=checkbox]),select,textarea{box-sizing:border-box;width:100%;padding:.5rem}
button{min-height:44px;padding:.5rem 1.2rem;margin:1.2rem .6rem 0 0;cursor:pointer}button.danger{border-color:var(--bad);color:var(--bad)}button.primary{font-weight:700}
dd,code{overflow-wrap:anywhere}dd{white-space:pre-wrap}small{color:var(--muted)}.problem{border-left:4px solid var(--bad);padding-left:.8rem}`;

/** The page for who is not signed in. */
export function signInPage(frame: PageFrame): string {
  const words = wordsIn(languageOf(frame.language));
  return page(
    frame,
    words.signIn,
    html`<h1>${words.signIn}</h1><p>${words.signInFirst}</p>${problemOf(frame)}
<form method="post" action="${frame.path}/session"><input type="hidden" name="token" value="${frame.token}">
<label for="username">${words.username}</label><input id="username" name="username" autocomplete="username" required>
<label for="password">${words.password}</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<label for="totp">${words.code}</label><input id="totp" name="totp" autocomplete="one-time-code">
<button class="primary">${words.signIn}</button></form><p><a href="/">${words.elsewhere}</a></p>`,
  );
}

/** The page of a prompt: its form while it is open, else what came of it. */
export function promptPage(frame: PageFrame, shown: ShownPrompt): string {
  const words = wordsIn(languageOf(frame.language));
  const { prompt, execution, workflow, name } = shown;
  const head = html`<h1>${prompt.message}</h1><p>${filled(words.of, { workflow })} · ${words.execution} <code>${execution}</code></p>${problemOf(frame)}`;
  if (prompt.status !== "open") {
    const by = prompt.answeredBy ?? "?";
    const text = { ...words, answered: filled(words.answered, { by, response: prompt.response ?? "?" }) };
    return page(
      frame,
      words.answer,
      html`${head}<p role="status"><strong>${text[prompt.status]}</strong></p>`,
    );
  }
  const wanting = prompt.options.filter(({ requireComment }) => requireComment).map(({ label }) => label);
  const needs = wanting.length === 0 ? "" : filled(words.needsComment, { options: wanting.join(", ") });
  const answers = prompt.answers.map(({ by, response }) => `${by}: ${response}`).join(", ");
  // Written from the form of a plan's prompt.
  const form = Object.entries(prompt.form as unknown as Record<string, InputPlan>);
  const [first] = prompt.answers;
  const fields =
    first === undefined
      ? form.map(([key, input]) => formField(key, input, shown.given[key], words))
      : agreed(form, first, words);
  const buttons = prompt.options.map(
    ({ value, label, style: look, outcome }) =>
      html`<button name="response" value="${value}" class="${look}"${outcome === "continue" ? "" : markup(" formnovalidate")}>${label}</button>`,
  );
  return page(
    frame,
    words.answer,
    html`${head}${answers === "" ? "" : html`<p>${filled(words.soFar, { answers })}</p>`}
<form method="post" action="${frame.path}"><input type="hidden" name="token" value="${frame.token}">${fields}
<label for="comment">${words.comment} <small>${needs}</small></label><textarea id="comment" name="comment" rows="2">${shown.given.comment ?? ""}</textarea>
${buttons}</form><p><small>${filled(words.youAre, { name })} ${prompt.expiresAt === null ? "" : filled(words.until, { time: prompt.expiresAt })}</small></p>`,
  );
}

/** The form as somebody has filled it in already. */
function agreed(
  form: readonly [string, InputPlan][],
  { by, form: values }: PromptView["answers"][number],
  words: Words,
): Markup[] {
  if (form.length === 0) return [];
  const rows = form.map(
    ([key, input]) => html`<dt>${input.title ?? key}</dt><dd>${textOf(values[key])}</dd>`,
  );
  return [
    html`<p>${filled(words.filledIn, { by })}</p><dl>${rows}</dl>
<input type="hidden" name="agreed" value="${canonicalText(values)}">`,
  ];
}

/** The page for somebody who may not know the prompt, if there is one. */
export function nothingPage(frame: PageFrame): string {
  const words = wordsIn(languageOf(frame.language));
  return page(frame, words.answer, html`<h1>${words.notHere}</h1>${problemOf(frame)}`);
}

function problemOf({ problem }: PageFrame): Markup | string {
  return problem === null ? "" : html`<p class="problem" role="alert">${problem}</p>`;
}

function page({ language, nonce }: PageFrame, title: string, body: Markup): string {
  return html`<!doctype html><html lang="${languageOf(language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Pulse</title>
<style nonce="${nonce}">${markup(style)}</style></head><body><main>${body}</main></body></html>
`.text;
}
