import type { SourceFile } from "./source-files.ts";

/** Something in a file that must not be public. */
export interface Finding {
  path: string;
  line: number;
  what: string;
  /** The text found; shown when the test fails, so that it can be removed (and revoked). */
  text: string;
}

/** Hosts that a public file may name. Everything under .test, .example and .localhost, and loopback, is fine anyway. */
const publicHosts = new Set([
  "api.pwnedpasswords.com",
  "api.stripe.com",
  "api.telegram.org",
  "index.docker.io",
  "biomejs.dev",
  "datatracker.ietf.org",
  "docs.docker.com",
  "example.com",
  "www.standardwebhooks.com",
  "files.pythonhosted.org",
  "api.github.com",
  "github.com",
  "json-schema.org",
  "keepachangelog.com",
  "nodejs.org",
  "ntfy.sh",
  "pypi.org",
  "registry.npmjs.org",
  "semver.org",
  "www.apache.org",
  "www.rfc-editor.org",
  "www.w3.org",
]);

const patterns: [what: string, pattern: RegExp][] = [
  ["a private key", /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g],
  ["a private JSON Web Key", /"d"\s*:\s*"[A-Za-z0-9_-]{40,}"/g],
  ["an AWS key id", /\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b/g],
  ["a GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})/g],
  ["a GitLab token", /\bglpat-[A-Za-z0-9_-]{20,}/g],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}\b/g],
  ["a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g],
  ["a Slack webhook", /hooks\.slack\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/\w+/g],
  ["a Stripe key", /\b[rs]k_live_[A-Za-z0-9]{16,}/g],
  ["a Google API key", /\bAIza[A-Za-z0-9_-]{35}/g],
  ["a model provider's key", /\bsk-[A-Za-z0-9_-]{32,}/g],
  ["a Pulse API key", /\bpk_[A-Za-z0-9_-]{32,}/g],
  ["a JSON Web Token", /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g],
  ["credentials in a URL", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'`<>${}]+:[^\s/:@"'`<>${}]+@/gi],
  [
    "a registry credential",
    /(?:_authToken|_auth|_password)\s*=\s*(?!\$\{)[^\s$]+|\bBearer [A-Za-z0-9_-]{32,}/g,
  ],
  ["an e-mail address", /\b[\w.+-]+@(?!(?:[\w-]+\.)*example\.test\b)[a-z][\w-]*(?:\.[\w-]+)*\.[a-z]{2,}\b/gi],
  ["a path of one machine", /(?<![\w.$}\])])\/(?:work|root|Users|home\/[\w-]+|tmp\/bash_jobs)\/[\w.-]+/g],
  ["a path of one machine", /\b[A-Z]:\\Users\\\w+/g],
  ["a private address", /\/\/(?:10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2})/g],
  ["a private host", /\b[\w-]+(?:\.[\w-]+)*\.(?:corp|lan|intranet|home\.arpa)\b(?![\w(])/g],
  ["a mention of a tracker's number", /\bissue #?\d+/gi],
];

const url = /\b(?:https?|wss?|git|ssh):\/\/(?<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/gi;

/** Everything in a file that looks secret, private or bound to one machine. */
export function findingsOf({ path, text }: SourceFile): Finding[] {
  return text.split("\n").flatMap((line, i) => {
    const at = (what: string, found: string): Finding => ({ path, line: i + 1, what, text: found });
    const matches = patterns.flatMap(([what, pattern]) =>
      [...line.matchAll(pattern)].map(([found]) => at(what, found)),
    );
    const hosts = [...line.matchAll(url)]
      .filter(({ groups }) => !isPublicHost(groups?.host?.toLowerCase() ?? ""))
      .map(([found]) => at("a URL with a host that is not on the list of public hosts", found));
    return [...matches, ...hosts];
  });
}

/** A name without a dot (`http://hub`) is no host anyone can reach; numbers are judged by the pattern of private addresses. */
function isPublicHost(host: string): boolean {
  if (publicHosts.has(host)) return true;
  return !host.includes(".") || /^[\d.]+$/.test(host) || /\.(?:test|example|localhost|invalid)$/.test(host);
}
