import { manifest } from "@pulse/schema/wire/manifest";
import * as wire from "@pulse/schema/wire/operations";
import { protocolVersion } from "@pulse/schema/wire/runner-protocol";
import * as z from "zod";
import { apiPage } from "./api-page.ts";
import { bind } from "./bind.ts";
import type { Deps, PulseApp } from "./context.ts";
import { openApiDocument } from "./openapi.ts";
import { createReadyCheck } from "./ready.ts";

/** Mounts what monitors and tools read: health, readiness, version, the OpenAPI document, the manifest's schema. */
export function mountOperations(app: PulseApp, deps: Deps): void {
  const { ports, config } = deps;
  const checkReady = createReadyCheck(deps);
  const databaseAnswers = async () => {
    try {
      await ports.database.client.execute("SELECT 1");
      return true;
    } catch (error) {
      ports.log.error("the database does not answer", error);
      return false;
    }
  };
  bind(app, deps, wire.health, async () => {
    const ok = await databaseAnswers();
    const part = ok ? "ok" : "error";
    const disk = ports.disk?.() ?? "ok";
    const isWell = ok && disk === "ok";
    const timestamp = new Date(ports.now()).toISOString();
    return {
      status: isWell ? 200 : 503,
      body: { status: isWell ? "ok" : "degraded", timestamp, database: part, auth: part, disk },
    };
  });
  bind(app, deps, wire.livez, async () => ({ body: { status: "ok" } }));
  bind(app, deps, wire.readyz, async () => {
    await checkReady();
    return { body: { status: "ok" } };
  });
  bind(app, deps, wire.version, async () => ({
    body: { version: config.version, protocol: protocolVersion },
  }));

  let document: string | null = null;
  app.get("/openapi.json", () => {
    document ??= JSON.stringify(openApiDocument(config));
    return new Response(document, { headers: { "content-type": "application/json" } });
  });
  app.get("/docs", () => {
    return new Response(apiPage(config.hasGraphql === true), {
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  });
  app.get("/schemas/pulse.v1.json", () => {
    const schema = z.toJSONSchema(manifest, { io: "input", unrepresentable: "any" });
    const body = { ...schema, $id: `${config.publicUrl}/schemas/pulse.v1.json`, title: "pulse.jsonc" };
    return new Response(JSON.stringify(body), { headers: { "content-type": "application/schema+json" } });
  });
}
