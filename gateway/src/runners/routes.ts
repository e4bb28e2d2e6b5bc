import { ProblemError } from "@pulse/schema/problem";
import { emitFromJob } from "@pulse/schema/wire/emit";
import * as wire from "@pulse/schema/wire/runner-protocol";
import { emit } from "../emitted/emit.ts";
import { emittingExecution } from "../emitted/emitting-execution.ts";
import { checkDepth } from "../executions/call-options.ts";
import { invokeChild } from "../executions/invoke-child.ts";
import { keptRequest } from "../executions/kept-request.ts";
import { createResolver } from "../functions/resolve.ts";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { fromBase64Url } from "../http/encoding.ts";
import { readBytes } from "../http/read-body.ts";
import { tokenAudiences, useAssertion } from "./assertion.ts";
import { readBuild, readBundle, storeBundle } from "./bundles.ts";
import { enrol, projectOfToken, runnerConfig } from "./enrol.ts";
import { completeWithLogs, packedMostBytes, takeLogs } from "./logs.ts";
import { protocolFault } from "./protocol.ts";
import { removeLeftEphemeral } from "./remove.ts";
import { rotateKeys } from "./rotate.ts";
import { endSession, openSession } from "./session.ts";
import { createRunnerTokens } from "./token.ts";
import { bundleKey } from "./upgrades/signing.ts";
import { withSecrets } from "./with-secrets.ts";

/** Mounts the runner protocol. Every call must say which protocol it speaks. */
export function mountRunnerProtocol(app: PulseApp, deps: Deps): void {
  const { hub, ports, config } = deps;
  const tokens = createRunnerTokens(ports);
  const resolver = createResolver(deps);

  app.use("/runner/v1/*", async (c, next) => {
    checkProtocol(c.req.header("pulse-protocol") ?? null);
    await next();
  });

  bind(app, deps, wire.enroll, async ({ body, audit }) => {
    const project = await projectOfToken(ports, body.token);
    if (project !== null) {
      // Should it be refused, those who gave the token are told.
      audit.note({ project });
      await removeLeftEphemeral(deps, project);
    }
    const enrolled = await enrol(ports, body);
    audit.note({
      actor: { kind: "runner", id: enrolled.runner, name: enrolled.name },
      project: enrolled.project,
    });
    const told = { ...runnerConfig(config.publicUrl), bundleKey: await bundleKey(ports) };
    return { status: 201, body: { ...enrolled, config: told } };
  });
  bind(app, deps, wire.token, async ({ body, request }) => {
    const audiences = tokenAudiences(config.publicUrl, request.url);
    const runner = await useAssertion(ports, body.assertion, audiences);
    const issued = await tokens.issue(runner);
    return { headers: { "cache-control": "no-store" }, body: { ...issued, serverTimeMs: ports.now() } };
  });
  bind(app, deps, wire.session, async ({ principal, body }) => ({
    body: await openSession(deps, principal.id, body),
  }));
  bind(app, deps, wire.endSession, async ({ holder }) => {
    await endSession(deps, holder);
    return { status: 204 };
  });
  bind(app, deps, wire.sync, async ({ holder, body, signal }) => ({
    body: await withSecrets(ports, holder.runner, await hub.sync({ holder, request: body }, signal)),
  }));
  bind(app, deps, wire.renew, async ({ holder, body }) => ({
    body: await hub.renew({ holder, running: body.running }),
  }));
  bind(app, deps, wire.complete, async ({ holder, body }) => ({
    body: await withSecrets(
      ports,
      holder.runner,
      await completeWithLogs(deps, holder, body.outcomes, body.want),
    ),
  }));
  bind(app, deps, wire.start, async ({ holder, fence, params, body }) => ({
    body: await hub.start({ holder, execution: params.id, fence, instanceId: body.instanceId }),
  }));
  bind(app, deps, wire.release, async ({ holder, fence, params, body }) => {
    const { reason, started } = body;
    await hub.release({ holder, execution: params.id, fence, reason, started });
    return { status: 204 };
  });
  bind(app, deps, wire.rotateKeys, async ({ principal, body }) => {
    await rotateKeys(ports, principal.id, body);
    return { status: 204 };
  });
  bind(app, deps, wire.getBundle, ({ principal, params, header }) =>
    readBundle(ports, principal, params.sha256, header("if-none-match")),
  );
  bind(app, deps, wire.getBuild, async ({ principal, params }) => ({
    body: await readBuild(ports, principal, params.key),
  }));
  bind(app, deps, wire.putBundle, async ({ principal, params, request }) => {
    await storeBundle(ports, principal.project, params.sha256, request.body);
    return { status: 201 };
  });
  bind(app, deps, wire.request, async ({ holder, fence, params }) => {
    const found = await hub.request({ holder, execution: params.id, fence });
    const body = found === "stored" ? await keptRequest(ports, params.id) : found.stream;
    return new Response(body, {
      headers: { "content-type": "application/octet-stream", "cache-control": "no-store, no-transform" },
    });
  });
  bind(app, deps, wire.response, async ({ holder, fence, params, request, header, signal }) => {
    const head = readHead(header("pulse-response-head"));
    const body = request.body ?? new Blob([]).stream();
    const piped = hub.response({ holder, execution: params.id, fence, head, body }, signal);
    return { body: { bytes: (await piped.catch(asBrokenOff)).bytes } };
  });
  bind(app, deps, wire.logs, async ({ holder, fence, params, request, header }) => {
    const firstSeq = readSeq("Pulse-First-Seq", header("pulse-first-seq"));
    const lastSeq = readSeq("Pulse-Last-Seq", header("pulse-last-seq"));
    const gzip = await readBytes(request, packedMostBytes);
    const taken = await takeLogs(deps, holder, { execution: params.id, fence, firstSeq, lastSeq, gzip });
    return { status: 202, body: taken };
  });
  bind(app, deps, wire.invokeFromJob, async ({ holder, fence, params, body, signal }) => {
    const { project, depth, traceparent } = await hub.holding({ holder, execution: params.id, fence });
    const call = { project, parent: params.id, depth, name: body.name, input: body.input, traceparent };
    return { body: await invokeChild(deps, resolver.resolve, call, signal) };
  });
  bind(app, deps, emitFromJob, async ({ holder, fence, params, body }) => {
    const { project, depth, name: by } = await hub.holding({ holder, execution: params.id, fence });
    checkDepth(depth + 1);
    const idempotencyKey = `${params.id}:${fence}:${body.key}`;
    const { id } = await emit(deps.ports, {
      ...{ project, name: body.name, data: body.data, depth: depth + 1, by: params.id, idempotencyKey },
      emitter: emittingExecution(params.id, by),
    });
    deps.ports.background(hub.changed({ project }));
    return { status: 202, body: { id } };
  });
}

function checkProtocol(spoken: string | null): void {
  const fault = protocolFault(spoken, wire.protocolVersion);
  if (fault !== null) throw new ProblemError("protocol_unsupported", fault.detail, { hint: fault.hint });
}

/** A stream fails with whatever its connection failed with. */
function asBrokenOff(cause: unknown): never {
  if (cause instanceof ProblemError) throw cause;
  throw new ProblemError("bad_request", "the response broke off before its end", { cause });
}

function readHead(text: string | null) {
  try {
    return wire.responseHead.parse(JSON.parse(new TextDecoder().decode(fromBase64Url(text ?? ""))));
  } catch (cause) {
    throw new ProblemError("bad_request", "Pulse-Response-Head must be base64url of a response head", {
      cause,
    });
  }
}

function readSeq(name: string, text: string | null): number {
  const seq = /^\d{1,12}$/.test(text ?? "") ? Number(text) : 0;
  if (seq < 1)
    throw new ProblemError("bad_request", `${name} must be a line number, got ${JSON.stringify(text)}`);
  return seq;
}
