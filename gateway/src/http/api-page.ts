import { contract } from "@pulse/schema/contract";

/** The endpoints as a page for people, without script or outside resources; with GraphQL it leads to the page to try that. */
export function apiPage(hasGraphql: boolean): string {
  const graphql = hasGraphql
    ? ` <a href="/docs/graphql">GraphQL</a> is served at <code>/graphql</code>.`
    : "";
  const byArea = Map.groupBy(contract.values(), ({ tag }) => tag);
  const rows = [...byArea.values()]
    .flat()
    .map(
      ({ tag, method, path, scope, summary }) =>
        `<tr><td>${escaped(tag)}</td><td><code>${method} ${escaped(path)}</code></td><td>${scope}</td><td>${withCode(escaped(summary))}</td></tr>`,
    );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pulse API</title>
<style>:root{color-scheme:light dark;background:Canvas;color:CanvasText}body{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884}.wide{overflow-x:auto}:focus-visible{outline:2px solid;outline-offset:2px}</style>
<main><h1>Pulse API</h1><p>The machine-readable form is <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). Functions are called at <code>/f/&lt;name&gt;</code>.${graphql}</p>
<div class="wide" role="region" aria-label="Endpoints" tabindex="0"><table><thead><tr><th>Area</th><th>Endpoint</th><th>Scope</th><th>What it does</th></tr></thead><tbody>${rows.join("")}</tbody></table></div></main></html>`;
}

/** What stands between backticks, as code. */
function withCode(text: string): string {
  return text.replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
