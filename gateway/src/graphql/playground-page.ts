/** What the page may load: its own script and what it asks the gateway for. */
export const playgroundPolicy =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page on which GraphQL is tried: a document, its variables, what it answers, and the schema. Nothing of it comes from elsewhere. */
export const playgroundPage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pulse GraphQL</title>
<style>:root{color-scheme:light dark;background:Canvas;color:CanvasText}body{font:16px/1.5 system-ui;margin:2rem auto;max-width:90rem;padding:0 1rem}
main{display:grid;gap:1rem 2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr))}
label,summary{display:block;font-weight:600;margin:.6rem 0 .2rem}textarea,input{box-sizing:border-box;width:100%;font:14px/1.5 ui-monospace,monospace;padding:.5rem}::placeholder{color:inherit;opacity:.8}
button{font:inherit;padding:.4rem 1.2rem;margin-top:.8rem}pre{font:14px/1.5 ui-monospace,monospace;overflow:auto;max-height:34rem;border:1px solid #8886;padding:.5rem;margin:.2rem 0;min-height:6rem}
:focus-visible{outline:2px solid;outline-offset:2px}</style>
<header><h1>Pulse GraphQL</h1>
<p>Runs as you: with the API key that you write here, else as you are signed in. A mutation changes things for real. <a href="/docs">The API</a></p></header>
<main><section aria-label="What you ask">
<label for="key">API key</label><input id="key" type="password" autocomplete="off" spellcheck="false" placeholder="none: as you are signed in">
<label for="query">Document</label><textarea id="query" rows="16" spellcheck="false" aria-describedby="keys">query Latest($limit: Int) {
  me { name project }
  listExecutions(limit: $limit) {
    items { id name status createdAt }
    nextCursor
  }
}</textarea>
<label for="variables">Variables (JSON)</label><textarea id="variables" rows="4" spellcheck="false">{ "limit": 5 }</textarea>
<button id="run" type="button">Run</button> <small id="keys">Ctrl+Enter runs too.</small>
</section><section aria-label="What it answers">
<label id="answer-name" for="status">Answer</label><output id="status" aria-live="polite"></output><pre id="answer" tabindex="0" role="region" aria-labelledby="answer-name"></pre>
<details id="about"><summary id="schema-name">Schema</summary><pre id="schema" tabindex="0" role="region" aria-labelledby="schema-name"></pre></details>
</section></main><script src="/docs/graphql.js"></script></html>`;
