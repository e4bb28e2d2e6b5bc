import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { ProblemError } from "@pulse/schema/problem";
import type { Role } from "@pulse/schema/roles";
import { me } from "@pulse/schema/wire/auth";
import { usernameField } from "@pulse/schema/wire/fields";
import { changeUser, createUser, listUsers } from "@pulse/schema/wire/people";
import { listRunners, patchRunner } from "@pulse/schema/wire/runners";
import { listSecrets, putSecret } from "@pulse/schema/wire/secrets";
import { getWorkflow, putWorkflow } from "@pulse/schema/wire/workflows";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage.ts";
import { settingOf } from "./old-settings.ts";
import type { OldDefinition, Row, Source } from "./read-source.ts";

/** What becomes of one thing: `left` is what a person has to do, or what is not needed. */
export interface PlanItem {
  kind: "workflow" | "user" | "worker" | "setting" | "secret";
  from: string;
  to: string | null;
  change: "create" | "change" | "same" | "left";
  notes: string[];
}

/** The same with how it is done; absent where there is nothing to do. */
export interface Planned extends PlanItem {
  apply?: () => Promise<void>;
}

/** What the command was given beside what it reads. */
export interface ImportOptions {
  passwords?: string;
  settings?: string;
  secret?: string[];
}

const pageMost = 200;
const passwordBytes = 18;

/** What would become of everything that was found; nothing is changed. Values of settings are never in it. */
export async function planOf(session: Session, source: Source, options: ImportOptions): Promise<Planned[]> {
  const workflows = [];
  for (const one of source.definitions) workflows.push(await workflowPlan(session, one));
  const users = source.users.length === 0 ? [] : await userPlans(session, source.users, options.passwords);
  const workers = source.workers.length === 0 ? [] : await workerPlans(session, source.workers);
  const secrets = await secretPlans(session, source.settings, options.secret ?? []);
  return [...workflows, ...users, ...workers, ...settingPlans(session, source.settings, options), ...secrets];
}

async function workflowPlan(
  { client, signal, messages }: Session,
  { from, called, name, definition, dropped }: OldDefinition,
): Promise<Planned> {
  const notes = called === name ? [] : [fill(messages.importCalled, { called, name })];
  if (dropped.length > 0) notes.push(fill(messages.importDropped, { fields: dropped.join(", ") }));
  const item = { kind: "workflow", from, to: name, notes } as const;
  const now = await there(client.call(getWorkflow, { params: { name }, signal }));
  if (now !== null && canonicalText(now.definition) === canonicalText(definition))
    return { ...item, change: "same" };
  return {
    ...item,
    change: now === null ? "create" : "change",
    async apply() {
      const headers = { "content-type": "application/json" };
      await client.call(putWorkflow, { params: { name }, raw: JSON.stringify(definition), headers, signal });
    },
  };
}

async function there<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProblemError && error.code === "not_found") return null;
    throw error;
  }
}

async function userPlans(session: Session, rows: readonly Row[], passwords?: string): Promise<Planned[]> {
  const { client, signal, messages } = session;
  const { project } = await client.call(me, { signal });
  const known = new Map(
    (await all((more) => client.call(listUsers, { query: { limit: pageMost, ...more }, signal }))).map(
      (one) => [one.username, one],
    ),
  );
  return rows.map((row): Planned => {
    const from = textOf(row, "username");
    const username = from.toLowerCase();
    const notes = username === from ? [] : [fill(messages.importCalled, { called: from, name: username })];
    const role = roleOf(row);
    if (role === null) notes.push(messages.importNoRole);
    const kept = ["username", "name", "display_name", "email", "groups", "role"];
    const dropped = Object.keys(row).filter((field) => !kept.includes(field));
    if (dropped.length > 0) notes.push(fill(messages.importDropped, { fields: dropped.join(", ") }));
    const to = `${username} ${role === null ? "" : `${role}@${project}`}`.trimEnd();
    const item = { kind: "user", from, to, notes } as const;
    if (!usernameField.safeParse(username).success)
      throw new UsageError(fill(messages.importBadUser, { name: from }));
    const roles: Record<string, Role> = role === null ? {} : { [project]: role };
    const now = known.get(username);
    if (now !== undefined) {
      if (role === null || now.roles[project] === role) return { ...item, change: "same" };
      const apply = async () =>
        void (await client.call(changeUser, { params: { name: username }, body: { roles }, signal }));
      return { ...item, change: "change", apply };
    }
    if (passwords === undefined) {
      notes.push(messages.importNoPasswords);
      return { ...item, change: "left" };
    }
    // Those of an earlier import are not written over.
    if (existsSync(passwords)) throw new UsageError(fill(messages.exists, { path: passwords }));
    const name = textOf(row, "display_name") || textOf(row, "name");
    const email = textOf(row, "email");
    const about = { ...(name === "" ? {} : { name }), ...(email === "" ? {} : { email }) };
    return {
      ...item,
      change: "create",
      async apply() {
        const password = randomBytes(passwordBytes).toString("base64url");
        // On disk before it counts: nobody could say it again.
        appendFileSync(passwords, `${username} ${password}\n`, { mode: 0o600 });
        await client.call(createUser, { body: { username, password, roles, ...about }, signal });
      },
    };
  });
}

/** Its `admin` is one here, its `employee` may run and answer. */
function roleOf({ role, groups }: Row): Role | null {
  const named = [role, groups].flat().flatMap((one) => (typeof one === "string" ? one.split(",") : []));
  const words = named.map((one) => one.trim());
  if (words.includes("admin")) return "admin";
  return words.includes("employee") ? "operator" : null;
}

async function workerPlans({ client, signal, messages }: Session, rows: readonly Row[]): Promise<Planned[]> {
  const runners = await all((more) =>
    client.call(listRunners, { query: { limit: pageMost, ...more }, signal }),
  );
  return rows.map((row): Planned => {
    const from = textOf(row, "name");
    const labels = labelsOf(row);
    const pool = textOf(row, "group") || "default";
    const kept = ["name", "group", "tags", "labels"];
    const dropped = Object.keys(row).filter((field) => !kept.includes(field));
    const notes = dropped.length === 0 ? [] : [fill(messages.importDropped, { fields: dropped.join(", ") })];
    const now = runners.find(({ name }) => name === from);
    if (now === undefined) {
      notes.push(fill(messages.importEnrol, { pool, name: from }));
      return { kind: "worker", from, to: null, change: "left", notes };
    }
    if (now.pool !== pool) notes.push(fill(messages.importOtherPool, { pool: now.pool, wanted: pool }));
    const item = { kind: "worker", from, to: now.name, notes } as const;
    const after = { ...now.labels, ...labels };
    if (canonicalText(after) === canonicalText(now.labels)) return { ...item, change: "same" };
    const apply = async () =>
      void (await client.call(patchRunner, { params: { name: now.name }, body: { labels: after }, signal }));
    return { ...item, change: "change", apply };
  });
}

/** Tags are labels without a value. */
function labelsOf({ tags, labels }: Row): Record<string, string> {
  const named = Array.isArray(tags) ? tags.filter((one): one is string => typeof one === "string") : [];
  const own = Object.entries(Object(labels)).map(([key, value]) => [key, String(value)] as const);
  return { ...Object.fromEntries(named.map((one) => [one, ""])), ...Object.fromEntries(own) };
}

function settingPlans(
  { messages, profile }: Session,
  given: Readonly<Record<string, string>>,
  { settings, secret = [] }: ImportOptions,
): Planned[] {
  const lines: string[] = [];
  const items = Object.entries(given)
    .filter(([name]) => !secret.includes(name))
    .map(([name, value]): Planned => {
      const found = settingOf(name);
      const item = { kind: "setting", from: name, to: null, change: "left" } as const;
      if (found === null) return { ...item, notes: [fill(messages.importNotKnownSetting, { name })] };
      if ("because" in found) {
        const because = {
          database: messages.importNoDatabase,
          sealing: messages.importNoSealing,
          keys: messages.importNoKeys,
          protocol: messages.importNoProtocol,
        };
        return { ...item, notes: [because[found.because]] };
      }
      const { to } = found;
      lines.push(`${to}=${JSON.stringify(to === "PULSE_GATEWAY" ? profile.gateway : value)}`);
      return { ...item, to, notes: settings === undefined ? [messages.importNoSettings] : [] };
    });
  if (settings === undefined || lines.length === 0) return items;
  const text = `${lines.join("\n")}\n`;
  const now = existsSync(settings) ? readFileSync(settings, "utf8") : null;
  if (now !== null && now !== text) throw new UsageError(fill(messages.exists, { path: settings }));
  const written: Planned = {
    ...{ kind: "setting", from: ".env", to: settings, notes: [] },
    change: now === null ? "create" : "same",
  };
  if (now === null) written.apply = async () => writeFileSync(settings, text, { mode: 0o600, flag: "wx" });
  return [...items, written];
}

async function secretPlans(
  { client, signal, messages }: Session,
  given: Readonly<Record<string, string>>,
  names: readonly string[],
): Promise<Planned[]> {
  if (names.length === 0) return [];
  const known = await all((more) =>
    client.call(listSecrets, { query: { limit: pageMost, ...more }, signal }),
  );
  return names.map((name): Planned => {
    const value = given[name];
    if (value === undefined || value === "")
      throw new UsageError(fill(messages.importNoSuchSetting, { name }));
    const item = { kind: "secret", from: name, to: name } as const;
    // What it is cannot be read: one that is there stays.
    if (known.some((one) => one.name === name))
      return { ...item, change: "same", notes: [messages.importSecretStays] };
    const apply = async () =>
      void (await client.call(putSecret, { params: { name }, body: { value }, signal }));
    return { ...item, change: "create", notes: [], apply };
  });
}

function textOf(row: Row, field: string): string {
  const value = row[field];
  return typeof value === "string" ? value.trim() : "";
}

async function all<T>(
  page: (more: { cursor?: string }) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const next: { items: T[]; nextCursor: string | null } = await page(cursor === "" ? {} : { cursor });
    items.push(...next.items);
    cursor = next.nextCursor;
  }
  return items;
}
