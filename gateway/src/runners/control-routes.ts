import * as wire from "@pulse/schema/wire/runners";
import { type Audit, bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { pageReply } from "../http/paging.ts";
import { changeRunner, deleteRunner, listRunners } from "./control.ts";
import { makeEnrolmentToken } from "./enrol.ts";

/** Mounts the control API of runners. */
export function mountRunnerControl(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.listRunners, async ({ principal, query, request }) => {
    const page = await listRunners(deps, principal.project, query);
    return pageReply(request, page);
  });
  const change = async (
    { principal, params, audit }: { principal: Principal; params: { name: string }; audit: Audit },
    given: Parameters<typeof changeRunner>[3],
  ) => {
    const { before, view } = await changeRunner(deps, principal.project, params.name, given);
    audit.note({ before: standOf(before), after: standOf(view) });
    return { body: view };
  };
  bind(app, deps, wire.patchRunner, (call) => change(call, call.body));
  bind(app, deps, wire.deleteRunner, async ({ principal, params }) => {
    await deleteRunner(deps, principal.project, params.name);
    return { status: 204 };
  });
  bind(app, deps, wire.drainRunner, (call) => change(call, { state: "draining" }));
  bind(app, deps, wire.resumeRunner, (call) => change(call, { state: "active" }));
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

function standOf({ name, labels, state }: { name: string; labels: object; state: string }) {
  return { name, labels, state };
}
