import { copyFile, link, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

const sideBySide = 16;

/** The same files under another folder: hard links where the file system allows, else copies. */
export async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  const files = entries.filter((one) => !one.isDirectory()).map((one) => one.name);
  for (let at = 0; at < files.length; at += sideBySide) {
    const some = files.slice(at, at + sideBySide).map(async (name) => {
      const [source, target] = [join(from, name), join(to, name)];
      await link(source, target).catch(() => copyFile(source, target));
    });
    await Promise.all(some);
  }
  const folders = entries.filter((one) => one.isDirectory()).map((one) => one.name);
  for (let at = 0; at < folders.length; at += 4)
    await Promise.all(folders.slice(at, at + 4).map((name) => linkTree(join(from, name), join(to, name))));
}
