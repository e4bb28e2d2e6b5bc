import { gitHosts } from "@pulse/schema/git-hosts";

/** Spanish help texts of `pulse source`, by the English ones. */
export const sourceHelpEs = {
  "repositories that the project is made from, as pulse apply makes it":
    "repositorios de los que se hace el proyecto, como lo hace pulse apply",
  "make one from the https address of a repository; its host then tells of pushes":
    "hace una con la dirección https de un repositorio; su servidor avisa después de cada push",
  [`${gitHosts.join(", ")}; without it the address tells`]: `${gitHosts.join(", ")}; si falta, lo dice la dirección`,
  "do not wait": "no espera",
  "main unless said": "main si no se dice otra",
  "the folder with the pulse.yaml, the top unless said":
    "la carpeta con el pulse.yaml; si no se dice, la raíz",
  "the secret of the project with the token that opens the repository":
    "el secreto del proyecto con el token que abre el repositorio",
  "the sources, each with its newest sync": "las fuentes, cada una con su última sincronización",
  "one source with its settings": "una fuente con sus ajustes",
  "change what is said; the rest stays as it is": "cambia lo que se dice; el resto queda como está",
  "another branch": "otra rama",
  "another folder with a pulse.yaml": "otra carpeta con un pulse.yaml",
  "another secret with the token of the repository": "otro secreto con el token del repositorio",
  "the repository is open to everybody": "el repositorio está abierto a todos",
  "remove nothing": "no elimina nada",
  "another secret for pushes; the one before counts no more":
    "otro secreto para los push; el anterior deja de valer",
  "remove it with its secret and its syncs; what it made stays":
    "la elimina con su secreto y sus sincronizaciones; lo que hizo queda",
  "make the project as the end of the branch says, and wait until that is done":
    "hace el proyecto como dice el final de la rama y espera a que esté hecho",
  "the last syncs, newest first; or one with what it did":
    "las últimas sincronizaciones, primero la más nueva; o una con lo que hizo",
  "what is not as the end of the branch says; exits with 20 where something is not":
    "lo que no está como dice el final de la rama; sale con 20 si hay algo",
};
