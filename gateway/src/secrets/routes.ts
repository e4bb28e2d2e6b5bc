import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/secrets";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { pageOf, pageReply } from "../http/paging.ts";
import { countKeys, renewMasterKey, rewrapSome } from "./rewrap.ts";
import { createSecretStore } from "./store.ts";
import { usersOfSecrets } from "./users-of.ts";
import { putSecret } from "./vault.ts";

const kind = "user";

/** Mounts secrets, whose values only ever come in, and the keys that seal them. */
export function mountSecrets(app: PulseApp, deps: Deps): void {
  const { ports, hub } = deps;
  const store = createSecretStore(ports.database);

  bind(app, deps, wire.listSecrets, async ({ principal, query, request }) => {
    const found = await store.list(principal.project, query.cursor ?? null, query.limit + 1);
    const users = await usersOfSecrets(ports.database, principal);
    const viewOf = ({ name, version, updatedAt }: (typeof found)[number]) => ({
      name,
      version,
      updatedAt: new Date(updatedAt).toISOString(),
      usedBy: users.get(name) ?? [],
    });
    return pageReply(
      request,
      pageOf(found, query.limit, viewOf, ({ name }) => name),
    );
  });
  bind(app, deps, wire.putSecret, async ({ principal, params, body }) => {
    const { project } = principal;
    await putSecret(ports, { project, kind, name: params.name }, body.value);
    await hub.warmChanged({ project });
    return { status: 204 };
  });
  bind(app, deps, wire.deleteSecret, async ({ principal, params }) => {
    const { project } = principal;
    if (!(await store.remove(project, kind, params.name, ports.now()))) {
      throw new ProblemError("not_found", `there is no secret ${params.name}`);
    }
    await hub.warmChanged({ project });
    return { status: 204 };
  });

  bind(app, deps, wire.getMasterKey, async () => ({ body: await countKeys(ports) }));
  bind(app, deps, wire.newMasterKey, async () => {
    await renewMasterKey(ports);
    return { status: 201, body: await countKeys(ports) };
  });
  bind(app, deps, wire.rewrapSecrets, async () => ({ body: await rewrapSome(ports) }));
}
