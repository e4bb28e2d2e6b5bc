import { once } from "node:events";
import { createReadStream, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Writes the files below a folder as a tar, in the order of their names and without times, so that the same files are the same bytes. */
export async function writeTree(root, name, out) {
  const real = realpathSync(root);
  for (const path of filesBelow(real, name, [])) {
    const found = statSync(join(real, path));
    if (Buffer.byteLength(path) > 100) {
      // A name too long for a header stands before it as a file of its own (GNU).
      const long = Buffer.from(`${path}\0`);
      await write(out, Buffer.concat([header("././@LongLink", long.length, 0o644, "L"), padded(long)]));
    }
    await write(out, header(path, found.size, found.mode & 0o755, "0"));
    for await (const chunk of createReadStream(join(real, path))) await write(out, chunk);
    await write(out, Buffer.alloc(-found.size & 511));
  }
  await write(out, Buffer.alloc(1024));
}

/** Names of plain files; links count as the files and folders that they name inside the root, shortcuts to programs are left out. */
function* filesBelow(root, name, above) {
  const path = join(root, name);
  const real = lstatSync(path).isSymbolicLink() ? tryReal(path) : path;
  if (real === null || relative(root, real).startsWith("..")) return;
  const found = statSync(real);
  if (found.isFile()) yield name.split(sep).join("/");
  if (!found.isDirectory() || above.includes(real)) return;
  for (const entry of readdirSync(real).sort()) {
    if ((entry === ".bin" || entry === ".cache") && /(^|\/)node_modules$/.test(name)) continue;
    yield* filesBelow(root, join(name, entry), [...above, real]);
  }
}

function tryReal(path) {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

async function write(out, bytes) {
  if (bytes.length > 0 && !out.write(bytes)) await once(out, "drain");
}

function header(path, size, mode, type) {
  const block = Buffer.alloc(512);
  block.write(path, 0, 100, "utf8");
  const octal = (value, at, length) => block.write(value.toString(8).padStart(length - 1, "0"), at, "ascii");
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write("        ", 148, "ascii");
  block.write(type, 156, "ascii");
  block.write("ustar  \0", 257, "ascii");
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  return block;
}

function padded(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 511)]);
}
