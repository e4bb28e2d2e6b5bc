import type { InValue } from "@libsql/client";
import { expect, test } from "vitest";
import { gatewayOfEachTest, signedIn } from "../auth/browser.suite.ts";
import { createReportStore, rowsAtOnce } from "./store.ts";

const gateway = gatewayOfEachTest();
const dayMs = 86_400_000;

const key = (path: string, init: { method?: string; body?: unknown } = {}) =>
  gateway().call(path, {
    method: init.method ?? "GET",
    headers: { "content-type": "application/json" },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
const linesOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Executions that ended, `count` of them a minute apart, the first a day ago. */
async function executed(count: number, name: string, caller: string | null): Promise<void> {
  const { ports } = gateway().parts;
  const begun = ports.now() - dayMs;
  await ports.database.client.execute({
    sql: `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
      INSERT INTO executions (id, project, kind, status, name, pool, route, mode, delivery, trigger_type, caller, run_at, created_at, ended_at, "trigger", job)
      SELECT printf('exe_%s%08d', ?, i), 'default', 'function', 'succeeded', ?, 'default', '', 'async', 'atLeastOnce', 'http', ?, 0, ? + i * 1000, ? + i * 1000 + 5, '{"type":"http"}', '{}' FROM n`,
    args: [count, name.replace(/\W/g, ""), name, caller, begun, begun],
  });
}

test("who ran what is told a row for each execution, over as many pages as there are, in order", async () => {
  const browser = await signedIn(gateway(), "ana", { default: "admin" });
  const { person } = await (await browser.send("GET", "/v1/me")).json();
  const { items } = await (await key("/v1/users")).json();
  await executed(rowsAtOnce + 3, "=resize", items[0].id);
  expect(person.username).toBe("ana");
  const response = await key("/v1/reports/runs?format=ndjson");
  const rows = linesOf(await response.text());
  expect(rows.length).toBe(rowsAtOnce + 3);
  expect(rows[0]).toMatchObject({ name: "=resize", who: "user:ana", status: "succeeded", trigger: "http" });
  expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted());
  const csv = await (await key("/v1/reports/runs")).text();
  expect(csv.split("\r\n").length).toBe(rowsAtOnce + 3 + 2);
  expect(csv).toContain(",'=resize,");
});

test("a later page of runs is looked for from where the one before ended, not from the beginning", async () => {
  await executed(rowsAtOnce + 3, "f", null);
  const { ports } = gateway().parts;
  const { client } = ports.database;
  const begins: unknown[] = [];
  const watched: typeof client = Object.create(client, {
    execute: {
      value: (statement: { sql: string; args: InValue[] }) => {
        begins.push(statement.args[1]);
        return client.execute(statement);
      },
    },
  });
  const period = { since: 0, until: ports.now() };
  const counts: number[] = [];
  for await (const rows of createReportStore({ client: watched }).pages("runs", "default", period))
    counts.push(rows.length);
  const begun = ports.now() - dayMs;
  expect([counts, begins]).toEqual([
    [rowsAtOnce, 3],
    [0, begun + (rowsAtOnce - 1) * 1000],
  ]);
});

test("a report says since when it is complete, also after more is kept than before", async () => {
  const { clock, ports } = gateway().parts;
  const of = async () => {
    const { items } = await (await key("/v1/reports")).json();
    return Date.parse(items.find((one: { kind: string }) => one.kind === "runs").completeSince);
  };
  expect(await of()).toBe(ports.now() - 30 * dayMs);
  const change = (days: number) =>
    key("/v1/retention", { method: "PATCH", body: { executions: `${days}d`, logs: "1d", payloads: "1d" } });
  expect((await change(10)).status).toBe(200);
  const changedAt = ports.now();
  await clock.advance(dayMs);
  expect((await change(90)).status).toBe(200);
  expect(await of()).toBe(changedAt + dayMs - 10 * dayMs);
  const page = await (
    await key(`/v1/reports/runs?format=html&since=${new Date(ports.now() - 80 * dayMs).toISOString()}`)
  ).text();
  expect(page).toContain("Not complete");
});

test("what changed in who may do what is told, and reading it is told in the report of keeping", async () => {
  await signedIn(gateway(), "ana", { default: "viewer" });
  await key("/v1/users/ana", { method: "PATCH", body: { roles: { default: "admin" } } });
  await key("/v1/functions/f", { method: "PUT", body: {} });
  await key("/v1/enrolment-tokens", { method: "POST", body: {} });
  await gateway().parts.clock.advance(1000);
  const access = linesOf(await (await key("/v1/reports/access?format=ndjson")).text());
  expect(access.map(({ action }) => action)).toEqual(
    expect.arrayContaining(["user.change", "session.open", "enrolment_token.create"]),
  );
  expect(access.map(({ action }) => action)).not.toContain("function.put");
  await gateway().parts.clock.advance(1000);
  const kept = linesOf(await (await key("/v1/reports/retention?format=ndjson")).text());
  expect(kept).toMatchObject([{ action: "report.read", target: "access", outcome: "done" }]);
});

test("a page to print has no script and shows texts as texts", async () => {
  await executed(1, "<b>x</b>", null);
  const response = await key("/v1/reports/runs?format=html");
  const page = await response.text();
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(page).toContain("&lt;b&gt;x&lt;/b&gt;");
  expect(page).not.toMatch(/<script|<b>x/);
});

test("a page to print is in the language that is asked for, and counts its rows as it is said there", async () => {
  const page = async (language?: string) => {
    const headers = language === undefined ? {} : { "accept-language": language };
    return await (await gateway().call("/v1/reports/runs?format=html", { headers })).text();
  };
  const endOf = (text: string) => /<html lang="(\w+)">.*<\/table><p>(.*?)<\/p>/s.exec(text)?.slice(1);
  expect(endOf(await page())).toEqual(["en", "Nothing in this period."]);
  expect(endOf(await page("es-MX,es;q=0.9,en;q=0.5"))).toEqual(["es", "Nada en este período."]);
  await executed(1, "first", null);
  expect([endOf(await page("en-GB")), endOf(await page("es"))]).toEqual([
    ["en", "1 row."],
    ["es", "1 fila."],
  ]);
  await executed(1, "second", null);
  expect([endOf(await page("de")), endOf(await page("es"))]).toEqual([
    ["en", "2 rows."],
    ["es", "2 filas."],
  ]);
  const spanish = await page("es");
  expect(spanish).toMatch(/Desde \d{4}-[^ ]+ hasta \d{4}-[^ ]+, creado el \d{4}-/);
  expect(spanish).not.toMatch(/From|Times|\{\w+\}/);
});

test("a period that ends before it begins is refused, and so is a kind that there is not", async () => {
  const bad = await key("/v1/reports/runs?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z");
  expect([bad.status, (await bad.json()).code]).toEqual([422, "validation_failed"]);
  expect((await key("/v1/reports/nothing")).status).toBe(422);
});
