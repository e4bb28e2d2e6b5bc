/** `text` as one word of a POSIX shell, in single quotes: nothing inside them means anything to the shell. Without NUL, which no word can have. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const posixShells = new Set(["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox"]);

/** Whether the quotes of `shellWord` hold in the shell of a step, such as `bash -euo pipefail`: only then may a command have templates. */
export function isPosixShell(shell: string): boolean {
  const program = shell.trim().split(/\s+/)[0] ?? "";
  return posixShells.has(program.split("/").at(-1) ?? "");
}
