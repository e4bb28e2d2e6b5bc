import type { GitHost } from "@pulse/schema/git-hosts";
import { expect, test } from "vitest";
import { archiveRequest } from "./archive-request.ts";

const asked = (host: GitHost, repository: string, branch = "main", token: string | null = null) =>
  archiveRequest({ host, repository, branch }, token);

test.each<[GitHost, string, string, string | null, string, string[]]>([
  [
    ...(["github", "https://github.com/acme/shop.git", "main", null] as const),
    ...(["https://github.com/acme/shop/archive/refs/heads/main.tar.gz", []] as const),
  ] as never,
  [
    ...(["github", "https://github.com/acme/shop", "a/b c", "t"] as const),
    ...(["https://api.github.com/repos/acme/shop/tarball/a/b%20c", ["accept", "authorization"]] as const),
  ] as never,
  [
    ...(["github", "https://git.example.test/acme/shop/", "main", "t"] as const),
    ...([
      "https://git.example.test/api/v3/repos/acme/shop/tarball/main",
      ["accept", "authorization"],
    ] as const),
  ] as never,
  [
    ...(["gitlab", "https://git.example.test/a/b/shop.git", "x/y", "t"] as const),
    ...[
      "https://git.example.test/api/v4/projects/a%2Fb%2Fshop/repository/archive.tar.gz?sha=x%2Fy",
      ["private-token"],
    ],
  ] as never,
  [
    ...(["forgejo", "https://git.example.test/under/acme/shop", "main", "t"] as const),
    ...["https://git.example.test/under/api/v1/repos/acme/shop/archive/main.tar.gz", ["authorization"]],
  ] as never,
  [
    ...(["gitea", "https://git.example.test/acme/shop", "a#b?c", null] as const),
    ...["https://git.example.test/api/v1/repos/acme/shop/archive/a%23b%3Fc.tar.gz", []],
  ] as never,
])("%s %s %s with %s is had at %s", (host, repository, branch, token, url, names) => {
  const { url: at, headers } = asked(host, repository, branch, token);
  expect([at, headers.map(([name]) => name)]).toEqual([url, names]);
  expect(URL.parse(at)?.href).toBe(at);
});

test.each(["a/50%", "a/%zz/shop", "a/%ff", "a/%c3"])(
  "a path of GitLab that stands for no text is a problem that says so: %s",
  (path) => {
    const ask = () => asked("gitlab", `https://git.example.test/${path}`);
    expect(ask).toThrow(expect.objectContaining({ code: "validation_failed" }));
    expect(ask).toThrow("/repository: a % in it must stand before two hex digits of UTF-8");
  },
);

test("a % that is written as %25 is one in the name of the project", () => {
  const { url } = asked("gitlab", "https://git.example.test/acme/50%25");
  expect(url).toContain("/projects/acme%2F50%25/");
});
