import * as wire from "@pulse/schema/wire/runners";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { pageReply } from "../http/paging.ts";
import { changeRunner, deleteRunner, listRunners } from "./control.ts";
import { makeEnrolmentToken } from "./enrol.ts";

/** Mounts the control API of runners. */
export function mountRunnerControl(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.listRunners, async ({ principal, query, request }) => {
    const page = await listRunners(deps, principal.project, query);
    return pageReply(request, page);
  });
  bind(app, deps, wire.patchRunner, async ({ principal, params, body }) => ({
    body: await changeRunner(deps, principal.project, params.name, body),
  }));
  bind(app, deps, wire.deleteRunner, async ({ principal, params }) => {
    await deleteRunner(deps, principal.project, params.name);
    return { status: 204 };
  });
  bind(app, deps, wire.drainRunner, async ({ principal, params }) => ({
    body: await changeRunner(deps, principal.project, params.name, { state: "draining" }),
  }));
  bind(app, deps, wire.resumeRunner, async ({ principal, params }) => ({
    body: await changeRunner(deps, principal.project, params.name, { state: "active" }),
  }));
  bind(app, deps, wire.createEnrolmentToken, async ({ principal, body }) => {
    const { expiresIn, ...grant } = body;
    const made = await makeEnrolmentToken(deps.ports, {
      ...grant,
      project: principal.project,
      expiresInMs: expiresIn,
    });
    return {
      status: 201,
      headers: { "cache-control": "no-store" },
      body: { token: made.token, expiresAt: new Date(made.expiresAt).toISOString() },
    };
  });
}
