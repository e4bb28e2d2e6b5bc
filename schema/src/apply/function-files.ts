const ignored = new Set([
  "node_modules",
  ".git",
  "__pycache__",
  ".pulse",
  ".venv",
  ".DS_Store",
  ".gitignore",
]);
// What vim, emacs and others leave beside a file while it is edited.
const leftByEditors = /^(\..*\.sw[a-z]|\.#.*|#.*#|.*~|4913)$/;

/** The files in which a function's folder has its settings: the first that is there counts. */
export const manifestNames = ["pulse.jsonc", "pulse.json"] as const;

/** Whether a file or folder of this name is no part of a function. */
export function isIgnored(name: string): boolean {
  return ignored.has(name) || leftByEditors.test(name);
}
