import * as wire from "@pulse/schema/wire/graphql";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { asProblem } from "../http/problems.ts";
import { askerFor } from "./ask.ts";
import { playgroundPage, playgroundPolicy } from "./playground-page.ts";
import { playgroundScript } from "./playground-script.ts";

/** The content type in which a client that asks for it gets the status too: 400 where nothing was run. */
const ownType = "application/graphql-response+json";

/** Mounts GraphQL and the page to try it. What runs documents is loaded with the first of them. */
export function mountGraphql(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.graphql, async ({ body, request, requestId, header }) => {
    const { run } = await import("./run.ts");
    const { query, operationName, variables } = body;
    const answered = await run(
      { query, operationName: operationName ?? null, variables: variables ?? {} },
      askerFor(app, { request, requestId }),
      (error) => asProblem(error, deps.ports.log, requestId),
    );
    const isOwn = (header("accept") ?? "").includes(ownType);
    const type = isOwn ? ownType : "application/json";
    const headers = { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" };
    return { status: isOwn && !("data" in answered) ? 400 : 200, headers, body: answered };
  });
  bind(app, deps, wire.graphqlSchema, async () => {
    const { schemaText } = await import("./run.ts");
    return new Response(schemaText(), { headers: { "content-type": "text/plain; charset=utf-8" } });
  });
  app.get("/docs/graphql", () => {
    const headers = {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": playgroundPolicy,
    };
    return new Response(playgroundPage, { headers });
  });
  app.get("/docs/graphql.js", () => {
    return new Response(playgroundScript, {
      headers: { "content-type": "text/javascript; charset=utf-8" },
    });
  });
}
