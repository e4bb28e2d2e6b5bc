import { expect, test } from "vitest";
import { repositoryField } from "./sources.ts";

const messageOf = (address: string) => repositoryField.safeParse(address).error?.issues[0]?.message;

test.each([
  "https://git.example.test/acme/shop",
  "https://git.example.test/acme/shop.git",
  "https://git.example.test:8443/base/acme/shop",
  "http://192.0.2.1:3000/acme/.github",
  "https://git.example.test/a.b/..c/d..",
  "https://git.example.test/acme/caf%C3%A9",
])("%s is the address of a repository", (address) => {
  expect(repositoryField.parse(address)).toBe(address);
});

test.each([
  "https://git.example.test/a/..",
  "https://git.example.test/../a/b",
  "https://git.example.test/a/../b",
  "https://git.example.test/a/.",
  "https://git.example.test/./a/b",
  "https://git.example.test/a/%2e%2E",
  "https://git.example.test/a/.%2e",
  "https://git.example.test/a/%2E",
  "https://git.example.test/a/.git",
  "https://git.example.test/a/..git",
  "https://git.example.test/a/...git",
  "https://git.example.test/a/b%2f..%2fc",
  "https://git.example.test/a/b%5Cc",
  "https://git.example.test/a\\..\\b/c",
])("%s is refused, for it is not the path of a repository as it is", (address) => {
  expect(messageOf(address)).toContain('without parts such as "." and ".."');
});

test.each([
  "https://git.example.test/a//b",
  "https://git.example.test//a/b",
  "https://git.example.test/a/b/",
  "https://git.example.test/a",
  "https://git.example.test\\a/b/c",
  "ftp://git.example.test/a/b",
  "https://git.example.test/a/b?c",
])("%s is refused, for it is no address of a repository", (address) => {
  expect(messageOf(address)).toContain("must be the https address of a repository");
});
