import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/prompts";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import { checkInputs } from "@pulse/schema/workflow/inputs";
import type { InputPlan } from "@pulse/schema/workflow/plan";
import { authenticate } from "../../auth/guard.ts";
import { may } from "../../auth/may.ts";
import { signInByPassword } from "../../auth/passwords/sign-in.ts";
import { bind } from "../../http/bind.ts";
import { inProject } from "../../http/caller.ts";
import type { Deps, Principal, PulseApp } from "../../http/context.ts";
import { languageOf } from "../../http/language.ts";
import { readBytes } from "../../http/read-body.ts";
import { requireMay } from "../../http/require-may.ts";
import { type FoundPrompt, findPrompt, isSeenBy } from "../runs/prompt-list.ts";
import { promptViewOf } from "../runs/prompts-store.ts";
import { respond } from "../runs/respond.ts";
import { runLogOf } from "../runs/run-log.ts";
import { fieldsOf } from "./form-field.ts";
import { guardOf, senderOf } from "./form-guard.ts";
import { nothingPage, type PageFrame, promptPage, signInPage } from "./page.ts";
import { wordsIn } from "./words.ts";

/** Who looks at a page, and at what: without a prompt there is none for them; without a principal they are not signed in. */
interface Visit {
  id: string;
  principal: Principal | null;
  found: FoundPrompt | null;
}

/** What is told besides the prompt itself. */
interface Told {
  status?: number;
  problem?: string | null;
  given?: Record<string, string>;
}

const formMostBytes = wire.answerOnPage.bodyMostBytes ?? 0;

/** Mounts the page on which people answer a prompt: plain HTML and forms, without script, for browsers that are or get signed in. */
export function mountAnswerPage(app: PulseApp, deps: Deps): void {
  const log = runLogOf(deps.ports);

  bind(app, deps, wire.seePromptPage, async ({ params, request }) => {
    const visit = await visitOf(deps, request, params.prompt);
    const { principal, found } = visit;
    if (principal === null || found === null) return await shown(deps, request, visit);
    const allowed = may(principal, "execute", { project: found.row.project });
    return await shown(deps, request, visit, { problem: allowed === true ? null : allowed.detail });
  });

  bind(app, deps, wire.answerOnPage, async ({ params, request, audit }) => {
    const sent = await formOf(request);
    const sender = await senderOf(deps, request, params.prompt, sent.get("token"));
    if (sender === "elsewhere") return await staleSignIn(deps, request, params.prompt);
    const visit = await visitOf(deps, request, params.prompt);
    const { principal, found } = visit;
    if (principal === null || found === null) return await shown(deps, request, visit);
    audit.knows(principal);
    const form = found.row.form as Record<string, InputPlan>;
    const fields = fieldsOf(form, sent);
    const comment = sent.get("comment") ?? "";
    const given = { ...fields, comment };
    if (sender === "stale") {
      return await shown(deps, request, visit, { status: 403, problem: staleText(request), given });
    }
    const { project, executionId: id } = found.row;
    try {
      requireMay(principal, "execute", { project });
      const response = sent.get("response") ?? "";
      audit.note({ details: { promptId: found.row.id, response: response.slice(0, 500) } });
      const [first] = found.row.answers;
      const isAgreed = first?.form !== undefined && sent.get("agreed") === canonicalText(first.form);
      const filledIn = isAgreed ? first.form : typed(form, fields);
      const answer = { response, promptId: found.row.id, comment, form: filledIn };
      await respond(deps.ports, log, { project, id, by: principal, answer });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500) throw error;
      const now = await visitOf(deps, request, params.prompt);
      return await shown(deps, request, now, { status: error.status, problem: error.message, given });
    }
    deps.ports.background(deps.hub.changed({ project }));
    return { status: 303, headers: { location: pathOf(params.prompt) } };
  });

  bind(app, deps, wire.signInOnPage, async ({ params, request, address, audit }) => {
    const sent = await formOf(request);
    const sender = await senderOf(deps, request, params.prompt, sent.get("token"));
    if (sender !== "page") return await staleSignIn(deps, request, params.prompt);
    const totp = sent.get("totp")?.trim() || undefined;
    const typedIn = { username: sent.get("username") ?? "", password: sent.get("password") ?? "", totp };
    try {
      const opened = await signInByPassword(deps, typedIn, { request, address });
      audit.knows(opened.principal);
      return { status: 303, headers: { location: pathOf(params.prompt), "set-cookie": opened.cookie } };
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500) throw error;
      const visit = { id: params.prompt, principal: null, found: null };
      return await shown(deps, request, visit, { status: error.status, problem: error.message });
    }
  });
}

function staleText(request: Request): string {
  return wordsIn(languageOf(request.headers.get("accept-language"))).stale;
}

/** The page as for a stranger, whoever it is: nothing that another page sent is believed. */
async function staleSignIn(deps: Deps, request: Request, id: string): Promise<Response> {
  const visit = { id, principal: null, found: null };
  return await shown(deps, request, visit, { status: 403, problem: staleText(request) });
}

const pathOf = (prompt: string) => `/answer/${encodeURIComponent(prompt)}`;

async function formOf(request: Request): Promise<URLSearchParams> {
  return new URLSearchParams(new TextDecoder().decode(await readBytes(request, formMostBytes)));
}

/** The fields with their types; what is not in order stays as it was typed, so that it is refused with its place. */
function typed(form: Record<string, InputPlan>, fields: Record<string, string>): Record<string, unknown> {
  const { values, problems } = checkInputs(form, fields, "text");
  return problems.length > 0 ? fields : values;
}

/** Who comes to which prompt: one of a project that is not theirs to see is none. */
async function visitOf(deps: Deps, request: Request, id: string): Promise<Visit> {
  const row = await findPrompt(deps.ports.database, id);
  try {
    const asked = inProject(request, row?.row.project ?? null);
    const principal = await authenticate(deps, asked, "session");
    if (principal.kind === "anonymous") return { id, principal: null, found: null };
    const isSeen =
      row !== null &&
      may(principal, "read", { project: row.row.project }) === true &&
      (await isSeenBy(deps.ports.database, principal, row.row.executionId));
    return { id, principal, found: isSeen ? row : null };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.status === 401) return { id, principal: null, found: null };
    if (error.status !== 404) throw error;
    return { id, principal: await authenticate(deps, inProject(request, null), "session"), found: null };
  }
}

async function shown(deps: Deps, request: Request, visit: Visit, told: Told = {}): Promise<Response> {
  const { principal, found, id } = visit;
  const { token, cookie } = await guardOf(deps, request, id);
  const nonce = deps.ports.random(16).toHex();
  const frame: PageFrame = {
    ...{ token, nonce, path: pathOf(id), problem: told.problem ?? null },
    language: request.headers.get("accept-language"),
  };
  const { status, text } = contentOf(deps, frame, { principal, found, id }, told);
  return new Response(text, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "set-cookie": cookie,
      // A browser that sends no referrer at all would also hide the origin of the form.
      "referrer-policy": "same-origin",
      "content-security-policy": `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    },
  });
}

function contentOf(
  { config }: Deps,
  frame: PageFrame,
  { principal, found }: Visit,
  { status = 200, given = {} }: Told,
): { status: number; text: string } {
  if (principal === null) return { status, text: signInPage(frame) };
  if (found === null) return { status: 404, text: nothingPage(frame) };
  const { row, workflow } = found;
  const prompt = promptViewOf(row, config.publicUrl);
  // What came of it says all that the problem would.
  const isOpen = prompt.status === "open";
  const shownOne = { prompt, execution: row.executionId, workflow, name: principal.name, given };
  return { status, text: promptPage(isOpen ? frame : { ...frame, problem: null }, shownOne) };
}
