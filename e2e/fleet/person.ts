import type { Fleet } from "./fleet.ts";

const password = "correct horse battery staple";

/** Somebody with a session of their own, as a browser has it. */
export class Person {
  readonly name: string;
  readonly #headers: Record<string, string>;
  readonly #url: string;

  private constructor(name: string, url: string, cookie: string) {
    this.name = name;
    this.#url = url;
    this.#headers = { cookie, origin: url, "content-type": "application/json" };
  }

  /** Makes an administrator of the project and signs them in. */
  static async join(fleet: Fleet, name: string): Promise<Person> {
    const { url } = fleet.world;
    await fleet.send("POST", "/v1/users", { username: name, password, roles: { default: "admin" } });
    const opened = await fetch(`${url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: name, password }),
    });
    const [cookie = ""] = (opened.headers.get("set-cookie") ?? "").split(";", 1);
    if (opened.status !== 201) throw new Error(`${name} could not sign in: ${await opened.text()}`);
    return new Person(name, url, cookie);
  }

  /** Answers a prompt; returns the status of the answer. */
  async answer(id: string, response: string, form?: Record<string, unknown>): Promise<number> {
    const body = JSON.stringify({ response, ...(form === undefined ? {} : { form }) });
    const answer = await fetch(`${this.#url}/v1/executions/${id}/respond`, {
      method: "POST",
      headers: this.#headers,
      body,
    });
    await answer.arrayBuffer();
    return answer.status;
  }
}
