import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/runner-upgrades";
import * as z from "zod";
import type { Link } from "../link.ts";
import { loadBundleKey, pinBundleKey } from "./bundle-key.ts";
import { fetchArchive } from "./fetch-archive.ts";
import type { InstallPlace } from "./install-place.ts";
import { readSigned, refusal } from "./read-signed.ts";

/** Exit code of a process that has put another version in its place; the launcher and systemd start again. */
export const replacedExit = 75;
/** So long a new version may take until a gateway has answered its sync. */
const trialSeconds = 120;
const fetchMostMs = 600_000;

const kept = z.object({
  id: z.string(),
  sha256: z.string().nullable(),
  /** Why it was refused or taken back; null: it is under way, or came up. */
  ended: z.object({ outcome: z.enum(["refused", "takenBack"]), detail: z.string() }).nullable(),
});
type Kept = z.output<typeof kept>;

/** What an upgrade needs of the runner around it. */
export interface UpgradeParts {
  link: Pick<Link, "call">;
  /** Null: this program was not installed from a gateway. */
  place: InstallPlace | null;
  stateDir: string;
  /** Of this program. */
  version: string;
  gateway: string;
  /** Lets the runner take nothing new, finish or hand on what it has, and end. */
  leave: () => void;
  say: (line: string) => void;
}

/**
 * Puts another version of the runner in its place when its gateway asks: told → fetched and checked → left, on trial → (another process) up, or taken back by the launcher.
 * What it says of that is said again when the gateway asks again, so no word of it gets lost.
 */
export class Upgrades {
  readonly #parts: UpgradeParts;
  readonly #path: string;
  #isHeard = false;
  #isBusy = false;
  #next: string | null = null;

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
    this.#path = join(parts.stateDir, "upgrade.json");
  }

  /** The gateway told its key. */
  learn(key: unknown): void {
    const { stateDir, gateway, say } = this.#parts;
    if (!pinBundleKey(stateDir, gateway, key, "first"))
      say("the gateway signs with another key than it told this runner first: it is not upgraded from there");
  }

  /** The gateway answered a sync: a version on trial has come up. */
  heard(): void {
    if (this.#isHeard) return;
    this.#isHeard = true;
    const { place } = this.#parts;
    const last = this.#last();
    if (place === null) return;
    if (place.isOnTrial) {
      // It is up, also where nobody knows any more who asked for it.
      place.confirm();
      this.#parts.say(`upgraded to ${place.current().slice(0, 16)}`);
      if (last !== null) this.#report(last.id, "up", null);
    } else if (
      last !== null &&
      last.ended === null &&
      last.sha256 !== null &&
      place.takenBack() === last.sha256
    ) {
      const detail = `the new version ended, or had no answer from the gateway within ${trialSeconds} s`;
      this.#end(last.id, last.sha256, "takenBack", detail);
    }
  }

  /** Whether something is to be told as soon as the gateway has answered a sync. */
  get wantsAnswer(): boolean {
    const { place } = this.#parts;
    return !this.#isHeard && place !== null && (place.isOnTrial || place.takenBack() !== null);
  }

  /** The gateway asks for an upgrade; it repeats that until it hears what became of it. */
  asked(id: string): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#follow(id).catch((error: unknown) => {
      this.#isBusy = false;
      // Nothing was wrong with it: it is tried again when the gateway asks again.
      if (!(error instanceof ProblemError) || error.code !== "invalid_bundle")
        this.#parts.say(`not upgraded yet: ${error instanceof Error ? error.message : String(error)}`);
      else this.#end(id, null, "refused", error.message);
    });
  }

  async #follow(id: string): Promise<void> {
    const { place, link, stateDir, gateway, say } = this.#parts;
    const last = this.#last();
    if (place === null) throw refusal("it was not installed by its gateway's line");
    if (last?.id === id && last.ended !== null) {
      this.#isBusy = false;
      this.#report(id, last.ended.outcome, last.ended.detail);
      return;
    }
    const key = loadBundleKey(stateDir, gateway);
    if (key === null) throw refusal("it has never heard its gateway's key");
    const signal = AbortSignal.timeout(fetchMostMs);
    const platform = `${process.platform}-${process.arch}`;
    const nonce = randomBytes(24).toString("base64url");
    const { signed } = await link.call(wire.readUpgrade, { query: { platform, nonce, upgrade: id }, signal });
    const { node } = process.versions;
    const { version } = this.#parts;
    const bundle = await readSigned(signed, key, { platform, node, nonce, version, upgrade: id });
    if (bundle.sha256 === place.current()) {
      this.#isBusy = false;
      this.#report(id, "up", null);
      return;
    }
    say(`the gateway asks: upgrade to ${bundle.version} (${bundle.sha256.slice(0, 16)})`);
    const archive = await place.archivePath(bundle.sha256);
    await fetchArchive(gateway, bundle, archive, signal);
    await place.unpack(archive, bundle.sha256);
    this.#keep({ id, sha256: bundle.sha256, ended: null });
    this.#next = bundle.sha256;
    this.#parts.leave();
  }

  /** After the runner has left: puts the fetched version in place; where that fails the present one is started again, and says so. The exit code of the process. */
  takeOver(): number {
    const { place, say } = this.#parts;
    if (place === null || this.#next === null) return 0;
    try {
      place.putOnTrial(this.#next, trialSeconds);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const detail = `the new version could not be put in its place: ${why}`;
      say(`✗ not upgraded: ${detail}`);
      const last = this.#last();
      if (last !== null) this.#keepIfPossible({ ...last, ended: { outcome: "refused", detail } });
    }
    return replacedExit;
  }

  /** The launcher starts a runner again whatever becomes of this; the gateway then asks once more. */
  #keepIfPossible(last: Kept): void {
    try {
      this.#keep(last);
    } catch (error) {
      this.#parts.say(`what became of the upgrade could not be written down: ${String(error)}`);
    }
  }

  #end(id: string, sha256: string | null, outcome: "refused" | "takenBack", detail: string): void {
    this.#parts.say(`✗ not upgraded: ${detail}`);
    this.#keep({ id, sha256, ended: { outcome, detail } });
    this.#report(id, outcome, detail);
  }

  #report(id: string, outcome: "up" | "refused" | "takenBack", detail: string | null): void {
    const { link, place, say } = this.#parts;
    const body = { id, outcome, sha256: place?.current() ?? null, detail: detail?.slice(0, 500) ?? null };
    link
      .call(wire.reportUpgrade, { body, signal: AbortSignal.timeout(60_000) })
      .catch((error: unknown) => say(`the gateway was not told of the upgrade: ${String(error)}`));
  }

  #last(): Kept | null {
    if (!existsSync(this.#path)) return null;
    try {
      return kept.safeParse(JSON.parse(readFileSync(this.#path, "utf8"))).data ?? null;
    } catch (error) {
      // A damaged file says as little as none.
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }

  #keep(last: Kept): void {
    writeFileSync(`${this.#path}.tmp`, JSON.stringify(last), { mode: 0o600 });
    renameSync(`${this.#path}.tmp`, this.#path);
  }
}
