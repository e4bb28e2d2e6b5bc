import { createSource } from "@pulse/schema/wire/sources";
import { expect, test } from "vitest";
import { type GivenSource, settingsOf, sourceOf } from "./source-form.ts";

const given: GivenSource = {
  ...{ name: "shop", repository: "https://gitlab.example.test/acme/shop", host: "" },
  ...{ branch: "main", folder: "", token: "", prune: false },
};

test("the kind of host is the one that the address names, unless one is chosen", () => {
  expect(sourceOf(given)?.host).toBe("gitlab");
  expect(sourceOf({ ...given, host: "gitea" })?.host).toBe("gitea");
});

test("an address that names no kind of host needs a choice", () => {
  const repository = "https://git.example.test/acme/shop";
  expect(sourceOf({ ...given, repository })).toBe(null);
  expect(sourceOf({ ...given, repository, host: "forgejo" })?.host).toBe("forgejo");
});

test("no token is null, and what is made is what the contract takes", () => {
  expect(settingsOf({ branch: "main", folder: "ops", token: "GIT_TOKEN", prune: true })).toEqual({
    ...{ branch: "main", folder: "ops", token: "GIT_TOKEN", prune: true },
  });
  expect(createSource.body?.safeParse(sourceOf(given))).toMatchObject({
    success: true,
    data: { token: null },
  });
});
