import type { Messages } from "./en.ts";

/** Spanish texts. */
export const es: Messages = {
  deployed: "{name} v{version} lista",
  unchanged: "{name} sin cambios, sigue la v{version}",
  building: "{name} v{version} se está construyendo",
  uploading: "{name}: se suben {files} archivos, {size}",
  created: "creado {path}",
  exists: "{path} ya existe; no se ha escrito nada",
  rolledBack: "{name}: live es ahora v{version}",
  deleted: "{name} eliminada",
  revoked: "{name} revocada",
  cancelled: "{name}: {status}",
  keyOnce: "Esta es la única vez que se muestra la clave.",
  signedIn: "sesión iniciada en {gateway} como {name}",
  signedOut: "sesión cerrada en {gateway}",
  noManifest: "no hay pulse.jsonc en {dir}",
  next: "pruebe",
  requestId: "id de petición",
  tryInit: "pulse init",
  tryLogin: "pulse login --gateway <url> --key-file <archivo>",
  tryStart: "npx -y pnpm@12.21.0 start",
  none: "no hay nada",
  reloaded: "{name}: recargada en {ms} ms como {name}@dev",
  watching: "observando {dir}; Ctrl-C termina",
  noVersionBefore: "{name} no tiene una versión anterior lista a la que volver",
  healthy: "todo está bien",
};
