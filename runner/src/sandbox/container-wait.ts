import { request } from "node:http";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { engineAddress } from "./engine-address.ts";

/** Of a container that is not there (any more): it was killed. */
const goneCode = 137;

/**
 * The code with which a container ends next; null when the connection over which the engine would tell is cut, as an engine does that dies. Not
 * dockerode's own wait, which settles neither way then. Never rejects.
 */
export function nextExit(docker: Docker, id: string): Promise<number | null> {
  return new Promise((resolve) => {
    const asked = request({
      ...engineAddress(docker),
      ...{ method: "POST", path: `/containers/${id}/wait?condition=next-exit`, agent: false },
      headers: { "content-length": "0" },
    });
    asked.on("response", (answer) => {
      text(answer).then(
        (body) => resolve(codeOf(answer.statusCode, body)),
        () => resolve(null),
      );
    });
    asked.on("error", () => resolve(null));
    asked.end();
  });
}

function codeOf(status: number | undefined, body: string): number | null {
  if (status === 404 || status === 409) return goneCode;
  try {
    const { StatusCode } = JSON.parse(body) as { StatusCode?: unknown };
    return status === 200 && typeof StatusCode === "number" ? StatusCode : null;
  } catch {
    return null;
  }
}
