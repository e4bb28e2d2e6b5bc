import * as wire from "@pulse/schema/wire/device";
import { bind } from "../../http/bind.ts";
import type { Deps, PulseApp } from "../../http/context.ts";
import { timeText } from "../people/view.ts";
import { answerDevice, beginDeviceLogin, takeKey, waitingDevice } from "./device-login.ts";

const unkept = { "cache-control": "no-store" };

/** Mounts the sign-in of machines without a browser (RFC 8628). */
export function mountDevice(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.startDeviceLogin, async ({ body, address }) => ({
    status: 201,
    headers: unkept,
    body: await beginDeviceLogin(deps, body.machine, address),
  }));
  bind(app, deps, wire.takeDeviceKey, async ({ body }) => ({
    headers: unkept,
    body: await takeKey(deps, body.device_code),
  }));
  bind(app, deps, wire.seeDeviceLogin, async ({ params }) => {
    const { machine, address, createdAt, expiresAt } = await waitingDevice(deps, params.code);
    return { body: { machine, address, createdAt: timeText(createdAt), expiresAt: timeText(expiresAt) } };
  });
  bind(app, deps, wire.answerDeviceLogin, async ({ principal, params, body }) => {
    await answerDevice(deps, principal, params.code, body.approve);
    return { status: 204 };
  });
}
