import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../ports.ts";
import { createExecutionStore } from "./store.ts";

/** The request body that was stored for an execution; throws `gone`. For the runner that holds it. */
export async function keptRequest(ports: Ports, id: string): Promise<Uint8Array<ArrayBuffer>> {
  const body = await createExecutionStore(ports.database).payload(id, "request");
  if (body === null) throw new ProblemError("gone", "the request body is no longer kept");
  return body;
}
