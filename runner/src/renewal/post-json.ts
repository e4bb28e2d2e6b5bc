import { Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { ProblemError, problemFromWire } from "@pulse/schema/problem";

/** One connection that is kept, and replaced when it is broken off. Without the libraries that the main thread has loaded: a thread would load them again. */
export class Connection {
  readonly #url: URL;
  readonly #agent: PlainAgent;

  /** `origin`: of the gateway. */
  constructor(origin: string) {
    this.#url = new URL(origin);
    const kept = { keepAlive: true, maxSockets: 1 };
    this.#agent = this.#url.protocol === "https:" ? new SecureAgent(kept) : new PlainAgent(kept);
  }

  /** Posts JSON and returns the JSON of the answer. Throws `ProblemError`; the signal's reason when it fires. */
  async post(
    path: string,
    headers: Record<string, string>,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { status, text } = await this.#exchange(path, headers, JSON.stringify(body), signal).catch(
      (cause: unknown) => {
        signal.throwIfAborted();
        const members = { unreachable: true };
        throw new ProblemError("unavailable", `${this.#url.origin} could not be reached`, { cause, members });
      },
    );
    const answer = parsed(text);
    if (status < 200 || status > 299) throw problemFromWire(status, answer ?? text);
    return answer;
  }

  #exchange(
    path: string,
    headers: Record<string, string>,
    body: string,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    const send = this.#url.protocol === "https:" ? secureRequest : plainRequest;
    return new Promise((resolve, reject) => {
      const request = send(new URL(path, this.#url), {
        method: "POST",
        agent: this.#agent,
        headers: { ...headers, "content-type": "application/json", accept: "application/json" },
        signal,
      });
      request.once("error", reject);
      request.once("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
        });
        response.once("error", reject);
        response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.end(body);
    });
  }

  /** Breaks it off. */
  close(): void {
    this.#agent.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
