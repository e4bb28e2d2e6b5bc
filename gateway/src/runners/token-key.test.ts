import { afterEach, beforeEach, expect, test } from "vitest";
import type { MasterKey } from "../ports.ts";
import { masterKeyOf } from "../secrets/master-key.ts";
import { makeParts, type Parts } from "./parts.suite.ts";
import { loadTokenKeys, rotateTokenKey, type TokenKeys } from "./token-key.ts";

let parts: Parts;
beforeEach(async () => {
  parts = await makeParts();
});
afterEach(() => parts.close());

const withKeys = (...keys: MasterKey[]) => ({ ...parts.ports, masterKeys: { known: async () => keys } });
const factRows = async () =>
  (await parts.ports.database.client.execute("SELECT value FROM facts WHERE name = 'runner_token_key'")).rows;
const ids = ({ current, previous }: TokenKeys) => [current.id, previous?.id ?? null];

/** Whether the bytes of a key stand anywhere among the sealed values, in a form in which they could be read. */
async function isReadable({ current }: TokenKeys): Promise<boolean> {
  const { rows } = await parts.ports.database.client.execute(
    "SELECT hex(sealed) AS sealed FROM secrets WHERE kind = 'tokens' AND sealed IS NOT NULL",
  );
  const text = Buffer.from(Buffer.from(current.key).toString("base64url")).toString("hex").toUpperCase();
  expect(rows).toHaveLength(1);
  return rows.some(({ sealed }) => String(sealed).includes(text));
}

test("the keys are made once, and stand sealed", async () => {
  const first = await loadTokenKeys(parts.ports);
  expect(await loadTokenKeys(parts.ports)).toEqual(first);
  expect(await factRows()).toEqual([]);
  expect(await isReadable(first)).toBe(false);
});

test("two that start at once agree", async () => {
  const [one, other] = await Promise.all([loadTokenKeys(parts.ports), loadTokenKeys(parts.ports)]);
  expect(one).toEqual(other);
});

test("without a master key they are plain; with one they are sealed, are the same, and nothing plain is left", async () => {
  const plain = await loadTokenKeys(withKeys());
  expect(await factRows()).toHaveLength(1);
  expect(await loadTokenKeys(withKeys())).toEqual(plain);
  const sealed = await loadTokenKeys(parts.ports);
  expect(sealed).toEqual(plain);
  expect(await factRows()).toEqual([]);
  expect(await isReadable(sealed)).toBe(false);
});

test("what opens with no master key that is here is made anew, and stays", async () => {
  const lost = await loadTokenKeys(parts.ports);
  const other = withKeys(await masterKeyOf(new Uint8Array(32).fill(9)));
  const next = await loadTokenKeys(other);
  expect(next.current.id).not.toBe(lost.current.id);
  expect(await loadTokenKeys(other)).toEqual(next);
});

test.each(["sealed", "plain"])("a rotation keeps the key before, %s", async (how) => {
  const ports = how === "plain" ? withKeys() : parts.ports;
  const first = await loadTokenKeys(ports);
  const second = await rotateTokenKey(ports);
  expect(ids(second)).toEqual([expect.not.stringMatching(first.current.id), first.current.id]);
  expect(second.previous?.key).toEqual(first.current.key);
  expect(await loadTokenKeys(ports)).toEqual(second);
});
