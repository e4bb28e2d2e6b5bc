import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, inflateRawSync, constants as zlib } from "node:zlib";
import { formsOf } from "../runner/src/masking/forms.ts";
import { atStart, Matcher } from "../runner/src/masking/matcher.ts";

const random = (bytes: number) => randomBytes(bytes);
const word = () => random(9).toString("base64url");

/** Ten shapes that secrets have. */
const shapes: Record<string, () => string> = {
  hex: () => random(20).toString("hex"),
  base64: () => random(24).toString("base64"),
  url: () => `postgres://app:${word()}@db.example.test:5432/app?sslmode=require&x=${word()}`,
  token: () => [random(12), random(40), random(32)].map((part) => part.toString("base64url")).join("."),
  pem: () => {
    const body = (
      random(300)
        .toString("base64")
        .match(/.{1,64}/g) ?? []
    ).join("\n");
    return `-----BEGIN ${word()} KEY-----\n${body}\n-----END ${word()} KEY-----\n`;
  },
  json: () => JSON.stringify({ user: word(), pass: `"${word()}"\n\\${word()}`, list: [word()] }),
  phrase: () => `päss ${word()} wörd ${word()} ☂ “${word()}”`,
  quotes: () => `a'b"c\\d\`e$(${word()})<${word()}>&;%41`,
  long: () => random(900).toString("base64"),
  short: () => random(3).toString("hex").slice(0, 6),
};

/** Fifty secrets of ten shapes, by the names of their variables. */
export function makeCanaries(): Map<string, string> {
  return new Map(
    Object.entries(shapes).flatMap(([shape, make]) =>
      Array.from({ length: 5 }, (_, i) => [`CANARY_${shape.toUpperCase()}_${i}`, make()] as const),
    ),
  );
}

/** Looks for canaries, in every form that they may be written in, in whatever a run leaves behind. */
export class CanarySearch {
  readonly #matcher: Matcher;
  readonly #names = new Map<string, string>();
  readonly found: string[] = [];
  searchedBytes = 0;

  constructor(canaries: ReadonlyMap<string, string>) {
    for (const [name, value] of canaries) {
      // In six characters of hex, and in what four characters of base64 may be, the bytes of a large file hold about anything.
      const least = value.length <= 6 ? 6 : 8;
      for (const form of formsOf(value)) {
        if (form.length >= least)
          this.#names.set(Buffer.from(form).toString("latin1"), `${name} as ${form.slice(0, 40)}`);
      }
    }
    this.#matcher = new Matcher(this.#names.keys());
  }

  /** Whether there is one in the text: for a test of the search itself. */
  static sees(canaries: ReadonlyMap<string, string>, content: string | Uint8Array): boolean {
    const search = new CanarySearch(canaries);
    search.look("here", content);
    return search.found.length > 0;
  }

  look(where: string, content: string | Uint8Array): void {
    const bytes = Buffer.from(content);
    this.#scan(where, bytes);
    for (
      let at = bytes.indexOf("\x1f\x8b\x08", 0, "latin1");
      at >= 0;
      at = bytes.indexOf("\x1f\x8b\x08", at + 1, "latin1")
    ) {
      this.#scan(`${where}, unpacked at ${at}`, unpacked(bytes.subarray(at)));
    }
  }

  folder(path: string): void {
    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
      if (entry.isFile())
        this.look(join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name)));
    }
  }

  /** Command lines and environments of every process of this machine, as far as they may be read. */
  processes(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      for (const file of ["cmdline", "environ"]) {
        try {
          this.look(`/proc/${file}`, readFileSync(`/proc/${pid}/${file}`));
        } catch {
          // It has ended, or is another user's.
        }
      }
    }
  }

  #scan(where: string, bytes: Buffer): void {
    this.searchedBytes += bytes.length;
    const text = bytes.toString("latin1");
    this.#matcher.read(text, atStart, (from, to) => {
      this.found.push(`${where}: ${this.#names.get(text.slice(from, to)) ?? "?"}`);
    });
  }
}

/** What can be unpacked of a gzip stream that other bytes follow, or that is torn. */
function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH });
  } catch {
    try {
      return inflateRawSync(bytes.subarray(10), { finishFlush: zlib.Z_SYNC_FLUSH });
    } catch {
      return Buffer.alloc(0);
    }
  }
}
