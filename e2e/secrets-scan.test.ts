import { describe, expect, test } from "vitest";
import { findingsOf } from "./secret-patterns.ts";
import { repositoryFiles } from "./source-files.ts";

/** What is planted below is put together here, so that the scan finds none of it in this file. */
const glue = (...parts: string[]) => parts.join("");
const letters = (count: number) => "aB3dE5gH7jK9mN1pQ".repeat(9).slice(0, count);

test("no tracked file holds anything secret, private or bound to one machine", () => {
  const found = repositoryFiles()
    .flatMap(findingsOf)
    .map(({ path, line, what, text }) => `${path}:${line} ${what}: ${text}`);
  expect(found, found.join("\n")).toEqual([]);
});

describe("the scan finds", () => {
  const planted: [what: string, text: string][] = [
    ["a private key", glue("-----BEGIN ", "PRIVATE KEY-----")],
    ["a private key", glue("-----BEGIN RSA ", "PRIVATE KEY-----")],
    ["a private key", glue("-----BEGIN OPENSSH ", "PRIVATE KEY-----")],
    ["a private JSON Web Key", glue('{"kty":"OKP","d":', `"${letters(43)}"}`)],
    ["an AWS key id", glue("AK", "IAIOSFODNN7EXAMPLE")],
    ["a GitHub token", glue("gh", "p_", letters(36))],
    ["a GitHub token", glue("github", "_pat_", letters(40))],
    ["a GitLab token", glue("gl", "pat-", letters(20))],
    ["an npm token", glue("np", "m_", letters(36))],
    ["a Slack token", glue("xo", "xb-1234567890-", letters(12))],
    ["a Slack webhook", glue("https://hooks.", "slack.com/services/T0A1/B0A1/", letters(24))],
    ["a Stripe key", glue("sk", "_live_", letters(24))],
    ["a Google API key", glue("AI", "za", letters(35))],
    ["a model provider's key", glue("s", "k-", letters(48))],
    ["a Pulse API key", glue("p", "k_", letters(43))],
    ["a JSON Web Token", glue("ey", "JhbGciOiJIUzI1NiJ9.ey", "JzdWIiOiIxMjM0In0.", letters(43))],
    ["credentials in a URL", glue("postgres://app:", "hunter2@db.example.test/x")],
    ["a registry credential", glue("//registry.example.test/:_auth", `Token=${letters(20)}`)],
    ["an e-mail address", glue("someone", "@example.com")],
    ["an e-mail address", glue("first.last+tag", "@mail.a-company.co.uk")],
    ["a path of one machine", glue("/ho", "me/ada/pulse/main.ts")],
    ["a path of one machine", glue("/ro", "ot/.ssh")],
    ["a path of one machine", glue("/Us", "ers/ada")],
    ["a path of one machine", glue("C:", "\\Users\\ada")],
    ["a private address", glue("http:/", "/192.168.1.20:4873/")],
    ["a private host", glue("build-1.", "corp")],
    ["a mention of a tracker's number", glue("see iss", "ue 12")],
    ["a URL with a host that is not on the list of public hosts", glue("https:/", "/npm.a-company.io/pkg")],
    ["a URL with a host that is not on the list of public hosts", glue("https:/", "/registry.internal/v2")],
  ];
  test.each(planted)("%s in %s", (what, text) => {
    const lines = `first line\nconst planted = '${text}';\n`;
    expect(findingsOf({ path: "a.ts", text: lines })).toContainEqual(
      expect.objectContaining({ what, line: 2 }),
    );
  });

  test("nothing in what public files need", () => {
    const text = [
      "ada@example.test, ada@mail.example.test",
      "http://localhost:8787/f/hello http://127.0.0.1:9000 http://hub https://pulse.example.test",
      "resolution: {integrity: sha512-", // a lockfile's digests are no tokens
      "'@pulse/schema@1.2.3(zod@4.6.7)' vite@8.0.0",
      "/fn/code/index.js /dev/null /tmp /usr/bin/chromium ./work/notes",
      "Authorization: Bearer $(cat pulse-data/admin-key)",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a template.
      "//host/:_authToken=${NPM_TOKEN} https://${user}:${password}@host",
      "pk_… github.com/owner/name",
    ].join("\n");
    expect(findingsOf({ path: "a.md", text })).toEqual([]);
  });
});
