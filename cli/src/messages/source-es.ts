import type { sourceEn } from "./source-en.ts";

/** Spanish texts of sources. */
export const sourceEs: typeof sourceEn = {
  srcHost: "la dirección no dice qué usa el servidor: diga --host, uno de {known}",
  srcNothing: "diga qué cambiar, por ejemplo --branch main",
  srcTriedAgain: "se intentará de nuevo: {detail}",
  srcSetUp_github:
    "GitHub: Settings → Webhooks → Add webhook. Payload URL: la dirección de arriba. Content type: application/json. Secret: el secreto de arriba. Solo el evento push.",
  srcSetUp_gitlab:
    "GitLab: Settings → Webhooks → Add new webhook. URL: la dirección de arriba. Secret token: el secreto de arriba. Trigger: push events.",
  srcSetUp_gitea:
    "Gitea: Configuración → Webhooks → Añadir webhook → Gitea. URL: la dirección de arriba. Secreto: el secreto de arriba. Eventos: push.",
  srcSetUp_forgejo:
    "Forgejo: Configuración → Webhooks → Añadir webhook → Forgejo. URL: la dirección de arriba. Secreto: el secreto de arriba. Eventos: push.",
};
