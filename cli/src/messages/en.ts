/** English texts. Every other catalogue has exactly these keys. */
export const en = {
  deployed: "{name} v{version} ready",
  unchanged: "{name} unchanged, v{version} stands",
  building: "{name} v{version} is building",
  uploading: "{name}: uploading {files} files, {size}",
  created: "created {path}",
  exists: "{path} exists already; nothing was written",
  rolledBack: "{name}: live is now v{version}",
  deleted: "{name} deleted",
  revoked: "{name} revoked",
  cancelled: "{name} is {status}",
  keyOnce: "This is the only time the key is shown.",
  signedIn: "signed in to {gateway} as {name}",
  signedOut: "signed out of {gateway}",
  noManifest: "there is no pulse.jsonc in {dir}",
  next: "try",
  requestId: "request id",
  tryInit: "pulse init",
  tryLogin: "pulse login --gateway <url> --key-file <file>",
  tryStart: "npx -y pnpm@12.21.0 start",
  none: "nothing here",
  reloaded: "{name}: reloaded in {ms} ms as {name}@dev",
  watching: "watching {dir}; Ctrl-C stops",
  noVersionBefore: "{name} has no earlier ready version to go back to",
  healthy: "everything is well",
};

export type Messages = Record<keyof typeof en, string>;
