import { expect, test } from "vitest";
import { TraceReader } from "./trace.ts";

const hex = (text: string) =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
const at = (path: string) => `<${hex(path)}>`;

function read(...lines: string[]) {
  const reader = new TraceReader("/data");
  for (const line of lines) reader.take(line);
  return reader.events;
}

test("calls on watched files become events; others do not", () => {
  const file = at("/data/a.db");
  expect(
    read(
      `7 openat(AT_FDCWD${at("/")}, "${hex("/data/a.db")}", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 21${file}`,
      `7 pwrite64(21${file}, "${hex("two")}", 3, 4096) = 3`,
      `7 ftruncate(21${file}, 100) = 0`,
      `7 openat(AT_FDCWD${at("/")}, "${hex("/etc/hosts")}", O_RDONLY|O_CLOEXEC) = 22${at("/etc/hosts")}`,
      `7 write(22${at("/etc/hosts")}, "${hex("no")}", 2) = 2`,
      `7 rename("${hex("/data/a.db")}", "${hex("/data/b.db")}") = 0`,
      `7 unlink("${hex("/data/b.db")}") = -1 ENOENT (No such file or directory)`,
      `7 unlink("${hex("/data/b.db")}") = 0`,
    ),
  ).toEqual([
    { kind: "open", path: "/data/a.db", creates: true, empties: false },
    { kind: "write", path: "/data/a.db", offset: 4096, bytes: Buffer.from("two") },
    { kind: "truncate", path: "/data/a.db", size: 100 },
    { kind: "rename", path: "/data/a.db", to: "/data/b.db" },
    { kind: "unlink", path: "/data/b.db" },
  ]);
});

test("writes without an offset follow one another", () => {
  const file = at("/data/a");
  const events = read(
    `7 openat(AT_FDCWD${at("/")}, "${hex("/data/a")}", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0600) = 5${file}`,
    `7 write(5${file}, "${hex("one")}", 3) = 3`,
    `8 write(5${file}, "${hex("two")}", 3) = 3`,
  );
  expect(events.map((event) => (event.kind === "write" ? event.offset : null))).toEqual([null, 0, 3]);
});

test("a sync counts from where it began, though it ends after others' writes", () => {
  const file = at("/data/a");
  const events = read(
    `7 pwrite64(5${file}, "${hex("one")}", 3, 0) = 3`,
    `8 fsync(5${file} <unfinished ...>`,
    `7 pwrite64(5${file}, "${hex("two")}", 3, 3) = 3`,
    "8 <... fsync resumed>) = 0",
  );
  expect(events.at(-1)).toEqual({ kind: "sync", path: "/data/a", from: 1 });
});

test("what leaves through a socket is said, in one piece", () => {
  const parts = `[{iov_base="${hex("HTTP/1.1 202")}", iov_len=12}, {iov_base="${hex(" Accepted")}", iov_len=9}]`;
  expect(read(`7 writev(9${at("socket:[12]")}, ${parts}, 2) = 21`)).toEqual([
    { kind: "said", text: "HTTP/1.1 202 Accepted" },
  ]);
});

test("what cannot be played back is refused", () => {
  expect(() => read(`7 fallocate(5${at("/data/a")}, 0, 0, 4096) = 0`)).toThrow(/fallocate of \/data\/a/);
  expect(() => read(`7 pwrite64(5${at("/data/a")}, "${hex("cut")}"..., 9, 0) = 9`)).toThrow(/cut short/);
});
