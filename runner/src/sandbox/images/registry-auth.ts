import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import * as z from "zod";
import { askHelper, HelperMissing } from "./credential-helper.ts";
import { readImageName } from "./image-name.ts";

/** What helpers know Docker Hub as. */
const hubServer = "https://index.docker.io/v1/";

const shape = z.object({
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
        identitytoken: z.string().optional(),
        registrytoken: z.string().optional(),
      }),
    )
    .optional(),
});

/** What the engine is given to pull from one registry. */
export interface RegistryAuth {
  serveraddress: string;
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
}

/** The registry credentials of this machine. They go to its own engine with a pull, and nowhere else. */
export class RegistryAuths {
  readonly #file: string;
  readonly #isNamed: boolean;

  /** `file`: `PULSE_REGISTRY_AUTH_FILE`; null: what `docker login` of this user has left. Throws when a named file cannot be used. */
  constructor(file: string | null, home = process.env.DOCKER_CONFIG ?? join(homedir(), ".docker")) {
    this.#isNamed = file !== null;
    this.#file = file ?? join(home, "config.json");
    if (this.#isNamed) this.#read();
  }

  /**
   * The credentials for the registry of an image: what its helper says, else what the file holds; undefined: none. Read and asked anew each time, so
   * that they can be replaced. Throws without a word of the file's content, or of a helper's.
   */
  async of(image: string): Promise<RegistryAuth | undefined> {
    const { host } = readImageName(image);
    const { auths = {}, credsStore, credHelpers = {} } = this.#read();
    const own = Object.entries(credHelpers).find(([key]) => hostOf(key) === host)?.[1];
    const helper = own ?? credsStore;
    if (helper !== undefined && helper !== "") {
      const serveraddress = host === "docker.io" ? hubServer : host;
      const known = await askHelper(helper, serveraddress).catch((error: unknown) => {
        // A store that docker's own file names for everything, of a desktop that is not here, is no reason to refuse public images: docker does not either.
        if (error instanceof HelperMissing && own === undefined && !this.#isNamed) return null;
        throw error;
      });
      if (known !== null) return { serveraddress, ...known };
    }
    return kept(auths, host);
  }

  #read(): z.output<typeof shape> {
    if (!this.#isNamed && !existsSync(this.#file)) return {};
    if (this.#isNamed) checkPrivate(this.#file);
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(this.#file, "utf8"));
    } catch (error) {
      // What is wrong with it may quote it.
      const code = error instanceof Error && "code" in error ? String(error.code) : "it is no JSON";
      throw new Error(`the registry credentials in ${this.#file} cannot be read: ${code}`);
    }
    const parsed = shape.safeParse(value);
    if (!parsed.success)
      throw new Error(`the registry credentials in ${this.#file} are not as docker login writes them`);
    return parsed.data;
  }
}

/** What the file itself holds for a registry. With a store of credentials, entries without any stay in it. */
function kept(auths: NonNullable<z.output<typeof shape>["auths"]>, host: string): RegistryAuth | undefined {
  for (const [key, given] of Object.entries(auths)) {
    if (hostOf(key) !== host || Object.values(given).every((value) => value === undefined)) continue;
    const [username, ...password] = Buffer.from(given.auth ?? "", "base64")
      .toString("utf8")
      .split(":");
    return {
      serveraddress: key,
      ...(given.auth === undefined ? {} : { username: username ?? "", password: password.join(":") }),
      ...Object.fromEntries(
        Object.entries(given).filter(([name, value]) => name !== "auth" && value !== undefined),
      ),
    };
  }
  return undefined;
}

/** Throws `validation_failed` unless the file is there and for its owner alone. */
function checkPrivate(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw badFile(`there is no file ${file}`);
  const mode = found.mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw badFile(`others may read ${file} (mode ${mode.toString(8)}); chmod 600 ${file}`);
}

function badFile(why: string): ProblemError {
  return new ProblemError("validation_failed", `PULSE_REGISTRY_AUTH_FILE: ${why}`);
}

/** The registry that a key of the file stands for: keys may be addresses, and Docker Hub has one of its own. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host;
}
