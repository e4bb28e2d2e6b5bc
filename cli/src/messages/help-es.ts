import { applyHelpEs } from "./apply-help-es.ts";
import { auditHelpEs } from "./audit-help-es.ts";
import { channelHelpEs } from "./channel-help-es.ts";
import { dailyHelpEs } from "./daily-help-es.ts";
import { functionHelpEs } from "./function-help-es.ts";
import { importHelpEs } from "./import-help-es.ts";
import { kvHelpEs } from "./kv-help-es.ts";
import { logHelpEs } from "./log-help-es.ts";
import { mcpHelpEs } from "./mcp-help-es.ts";
import { rerunHelpEs } from "./rerun-help-es.ts";
import { triggerHelpEs } from "./schedule-help-es.ts";
import { setUpHelpEs } from "./set-up-help-es.ts";
import { sourceHelpEs } from "./source-help-es.ts";
import { statusHelpEs } from "./status-help-es.ts";
import { upgradeHelpEs } from "./upgrade-es.ts";
import { workflowHelpEs } from "./workflow-help-es.ts";

/** Spanish help texts by the English ones; a test holds that each one shown has its entry. */
export const helpEs: Readonly<Record<string, string>> = {
  "Usage:": "Uso:",
  "Options:": "Opciones:",
  "Global Options:": "Opciones globales:",
  "Commands:": "Órdenes:",
  "Arguments:": "Argumentos:",
  "Pulse: functions on your own machines. It sends nothing to anyone but your gateway.":
    "Pulse: funciones en sus propias máquinas. No envía nada a nadie más que a su pasarela.",

  ...applyHelpEs,
  ...dailyHelpEs,
  ...setUpHelpEs,
  ...sourceHelpEs,
  ...auditHelpEs,
  ...triggerHelpEs,
  ...channelHelpEs,
  ...workflowHelpEs,
  ...rerunHelpEs,
  ...logHelpEs,
  ...mcpHelpEs,
  ...statusHelpEs,
  ...upgradeHelpEs,
  ...importHelpEs,
  ...kvHelpEs,
  ...functionHelpEs,
  "start a function or a workflow from a template; without one, list them":
    "empieza una función o un flujo de trabajo desde una plantilla; sin ella, las enumera",
  "deploy functions (folders with a pulse.jsonc)": "despliega funciones (carpetas con un pulse.jsonc)",
  "watch a folder, reload each change as <function>@dev, and tail its calls":
    "observa una carpeta, recarga cada cambio como <función>@dev y sigue sus llamadas",
  "call a function: name, name@3 or name@alias": "llama a una función: nombre, nombre@3 o nombre@alias",
  "run a command on machines: exec 'web & prod' -- uname -r":
    "ejecuta una orden en las máquinas: exec 'web & prod' -- uname -r",
  "run this script instead; - is standard input": "ejecuta este guion en su lugar; - es la entrada estándar",
  "run a command that the machines describe instead":
    "ejecuta en su lugar una orden que describen las máquinas",
  "an argument of --ref (can be repeated)": "un argumento de --ref (se puede repetir)",
  "a variable (can be repeated)": "una variable (se puede repetir)",
  "the folder on the machines": "la carpeta en las máquinas",
  "the user on the machines": "el usuario en las máquinas",
  "the shell, such as /bin/bash -eu": "el intérprete, como /bin/bash -eu",
  "so many machines at a time: a number or a percentage":
    "cuántas máquinas a la vez: un número o un porcentaje",
  "go on until more than so many have failed: a number or a percentage":
    "sigue mientras no fallen más que estas: un número o un porcentaje",
  "print the id and do not wait": "muestra el id y no espera",
  "what ran and what runs": "lo que se ejecutó y lo que se ejecuta",
  "log lines of an execution, or of a function's newest":
    "líneas del registro de una ejecución, o de la última de una función",
  "functions, their versions and aliases": "funciones, sus versiones y sus alias",
  "the machines that run jobs": "las máquinas que ejecutan los trabajos",
  "API keys": "claves de API",
  "how long executions, logs and payloads are kept":
    "cuánto tiempo se guardan ejecuciones, registros y cuerpos",
  "keep a gateway and a key for later commands: at a terminal a person lets this machine in, else the key is read from --key-file or stdin":
    "guarda una pasarela y una clave para órdenes posteriores: en una terminal una persona admite esta máquina; si no, la clave se lee de --key-file o de stdin",
  "forget the key of the profile in use": "olvida la clave del perfil en uso",
  "who the key belongs to": "a quién pertenece la clave",
  "kept gateways with their keys; `login --profile <name>` adds one":
    "pasarelas guardadas con sus claves; `login --profile <nombre>` añade una",
  "check gateway, versions, clock, key, runners, runtimes, Docker and Python":
    "comprueba pasarela, versiones, reloj, clave, ejecutores, lenguajes, Docker y Python",
  "bring the database of PULSE_DATABASE_URL, else of PULSE_DATA_DIR, up to date":
    "pone al día la base de datos de PULSE_DATABASE_URL o, si falta, la de PULSE_DATA_DIR",
  "where a remote database that has something is copied to before":
    "dónde se copia antes una base de datos remota que ya tiene algo",
  "make no copy of a remote database: it was backed up some other way":
    "no hace copia de una base de datos remota: ya se guardó de otra manera",
  "backups of the gateway's data folder (PULSE_DATA_DIR)":
    "copias de seguridad de la carpeta de datos de la pasarela (PULSE_DATA_DIR)",
  "call the control API, such as: api GET /v1/functions":
    "llama a la API de control, por ejemplo: api GET /v1/functions",
  "a completion script, such as: source <(pulse completion bash)":
    "un guion de autocompletado, por ejemplo: source <(pulse completion bash)",

  "the version of this CLI": "la versión de esta CLI",
  "work as if started in this folder": "trabaja como si se iniciara en esta carpeta",
  "a kept gateway and key (PULSE_PROFILE)": "una pasarela y clave guardadas (PULSE_PROFILE)",
  "the gateway to call (PULSE_GATEWAY)": "la pasarela a la que llamar (PULSE_GATEWAY)",
  "a file with the API key (PULSE_KEY is the key itself)":
    "un archivo con la clave de API (PULSE_KEY es la propia clave)",
  "one JSON document on stdout, NDJSON where it streams":
    "un documento JSON por la salida estándar, NDJSON donde fluye",
  "no news on stderr": "sin avisos por la salida de errores",
  "give up after this long, such as 30s": "desiste al cabo de este tiempo, por ejemplo 30s",
  "each request and answer on stderr, without credentials":
    "cada petición y respuesta por la salida de errores, sin credenciales",
  "no colour (NO_COLOR)": "sin color (NO_COLOR)",
  "the language of texts (PULSE_LANG)": "el idioma de los textos (PULSE_LANG)",
  "help for a command": "ayuda de una orden",

  "the alias to move when the version is ready (default live)":
    "el alias que se mueve cuando la versión está lista (por defecto live)",
  "move no alias": "no mueve ningún alias",
  why: "por qué",
  "do not wait for the build": "no espera a la construcción",
  "the alias to move": "el alias que se mueve",
  "the body: text, @file or @- for stdin": "el cuerpo: texto, @archivo o @- para la entrada estándar",
  "a field of a JSON body (repeatable)": "un campo de un cuerpo JSON (se puede repetir)",
  "HTTP method (default POST)": "método HTTP (por defecto POST)",
  "sub-path and query, such as /a?x=1": "ruta y consulta, por ejemplo /a?x=1",
  "a request header (repeatable)": "una cabecera de la petición (se puede repetir)",
  "answer once it is accepted": "responde en cuanto se acepta",
  "start so much later; answers once it is accepted": "empieza tanto más tarde; responde al aceptarla",
  "start at this time, RFC 3339; answers once it is accepted":
    "empieza a esta hora, RFC 3339; responde al aceptarla",
  "wait at most this long, then go on in the background":
    "espera como mucho este tiempo y después sigue en segundo plano",
  "same key and same request: same execution": "misma clave y misma petición: misma ejecución",

  "executions, newest first; such as: list status:failed fn:resize since:2h":
    "ejecuciones, las últimas primero; por ejemplo: list status:failed fn:resize since:2h",
  "such as 'status:failed fn:resize runner:pi-* since:2h'":
    "como 'status:failed fn:resize runner:pi-* since:2h'",
  "of many: such as 'status:dead fn:resize since:2h'": "de muchas: como 'status:dead fn:resize since:2h'",
  "one execution": "una ejecución",
  "cancel what waits or runs, one or many": "cancela lo que espera o se ejecuta, una o muchas",
  "run it again as a new execution, one or many": "ejecuta otra vez, una o muchas, como nuevas",
  "of many: comma-separated, such as failed,dead": "de muchas: separados por comas, como failed,dead",
  "of many: of this function": "de muchas: de esta función",
  "of many: comma-separated: function, build, command, workflow":
    "de muchas: separados por comas: function, build, command, workflow",
  "of many: that ran on this runner": "de muchas: que se ejecutaron en este ejecutor",
  "of many: made since, RFC 3339 or how long ago, such as 2h":
    "de muchas: creadas desde, RFC 3339 o hace cuánto, como 2h",
  "of many: made before, RFC 3339 or how long ago": "de muchas: creadas antes de, RFC 3339 o hace cuánto",
  "of many: repeated with it, nothing is run again twice":
    "de muchas: repetida con ella, nada se ejecuta dos veces",
  "say what would be done, and do nothing": "di qué se haría, sin hacer nada",
  "do not ask": "no preguntes",
  "who is told when an execution has ended": "a quién se avisa cuando una ejecución termina",
  "each try to tell them, oldest first": "cada intento de avisar, los primeros antes",
  "what they are signed with, for the receiver to check":
    "con qué se firman, para que el receptor lo compruebe",
  "until it ends": "hasta que termine",
  "of this function": "de esta función",
  "comma-separated, such as failed,dead": "separados por comas, por ejemplo failed,dead",
  "comma-separated: function, build, command, workflow":
    "separados por comas: function, build, command, workflow",
  "at most 200": "como mucho 200",
  "where the page before ended: its nextCursor": "donde acabó la página anterior: su nextCursor",
  "on another version or alias": "en otra versión o alias",
  "do not wait for its end": "no espera a su fin",

  "values that functions are given and nobody can read again":
    "valores que reciben las funciones y que nadie puede volver a leer",
  "names, versions and when they were set": "nombres, versiones y cuándo se guardaron",
  "set a secret, or its next version: from standard input, or --file":
    "guarda un secreto, o su versión siguiente: de la entrada estándar o --file",
  "the value is the content of a file, as it is": "el valor es el contenido de un archivo, tal cual",
  "set the next version of a secret that is there: from standard input, --file, or --random":
    "guarda la versión siguiente de un secreto que ya existe: de la entrada estándar, --file o --random",
  "a new random value, which is printed": "un valor nuevo al azar, que se muestra",
  "delete a secret; functions that name it fail until it is set again":
    "elimina un secreto; las funciones que lo nombran fallan hasta que se guarde otra vez",
  "the ids of the keys that seal secrets, and how many each seals":
    "los identificadores de las claves que sellan secretos, y cuántos sella cada una",
  "make a new master key where the gateway keeps its own, and seal everything under the new one":
    "crea una clave maestra nueva si la pasarela guarda la suya, y sella todo con la nueva",
  "make none: only go on with what is sealed under the key before":
    "no crea ninguna: solo sigue con lo sellado con la clave anterior",
  "a new secret; callbacks are signed with the one before too for a day":
    "un secreto nuevo; durante un día se firma también con el anterior",

  "why, for whoever reads the audit later": "por qué, para quien lea después la auditoría",

  "what the project used: executions, run time, GB-seconds, bytes":
    "lo que usó el proyecto: ejecuciones, tiempo, GB-segundos, bytes",
  "day, function or key": "day, function o key: por día, función o clave",
  "RFC 3339; the beginning of the month unless given": "RFC 3339; si no se da, el comienzo del mes",
  "RFC 3339; now unless given": "RFC 3339; si no se da, ahora",
  "as CSV": "como CSV",
  "the project's plan, and how much of each quota is used":
    "el plan del proyecto y cuánto se usó de cada cuota",
  "set the project's plan: free, pro, custom, or none": "pone el plan del proyecto: free, pro, custom o none",
  "of a custom plan, may be repeated: executions, runSeconds, gbSeconds, bytesOut, concurrentExecutions, functions, storageBytes":
    "de un plan custom, puede repetirse: executions, runSeconds, gbSeconds, bytesOut, concurrentExecutions, functions, storageBytes",

  "runners with their presence": "ejecutores con su presencia",
  "make an enrolment token for one runner": "crea un testigo de alta para un ejecutor",
  "make the line that installs a runner on a machine, from the gateway":
    "crea la línea que instala un ejecutor en una máquina, desde la pasarela",
  "it installs the runner as a service of systemd": "instala el ejecutor como servicio de systemd",
  "let a runner finish what it has and take nothing new":
    "deja que un ejecutor termine lo que tiene y no tome nada nuevo",
  "let a drained runner take work again": "deja que un ejecutor vaciado vuelva a tomar trabajo",
  "revoke a runner": "revoca un ejecutor",
  "the images that runtimes are started from on this machine":
    "las imágenes desde las que se inician los lenguajes en esta máquina",
  "build them from the Dockerfiles of runtimes/": "las construye con los Dockerfile de runtimes/",
  "pull them from the registries that PULSE_IMAGE_TYPESCRIPT and PULSE_IMAGE_PYTHON name":
    "las descarga de los registros que nombran PULSE_IMAGE_TYPESCRIPT y PULSE_IMAGE_PYTHON",
  "build on this image, which need not come from a registry":
    "construye sobre esta imagen, que no tiene por qué venir de un registro",
  "only this one: typescript or python": "solo este: typescript o python",
  "check what this machine has for running functions":
    "comprueba lo que tiene esta máquina para ejecutar funciones",
  "start a runner on this machine; its settings are PULSE_* variables":
    "arranca un ejecutor en esta máquina; sus ajustes son variables PULSE_*",
  "the pool it joins": "el grupo al que se une",
  "how long it is good": "cuánto tiempo vale",
  "a file with the enrolment token": "un archivo con el testigo de alta",

  "keys without their secrets": "claves sin sus secretos",
  "make a key; it is shown once": "crea una clave; se muestra una sola vez",
  "revoke a key": "revoca una clave",
  "comma-separated: invoke:<function>, invoke:*, read, execute, deploy, admin, gateway":
    "separados por comas: invoke:<función>, invoke:*, read, execute, deploy, admin, gateway",
  "RFC 3339": "RFC 3339",
  "calls a minute": "llamadas por minuto",
  "may be repeated: executions, runSeconds, gbSeconds, bytesOut in a month, concurrentExecutions":
    "se puede repetir: executions, runSeconds, gbSeconds, bytesOut en un mes, concurrentExecutions",

  "profiles; the one in use is marked": "perfiles; el que está en uso se marca",
  "use this profile where none is named": "usa este perfil cuando no se nombra ninguno",
  "forget a profile and its key": "olvida un perfil y su clave",
  "the JSON body": "el cuerpo JSON",

  "write a backup, checked; the gateway may go on running":
    "escribe una copia, comprobada; la pasarela puede seguir en marcha",
  "where to; a name with the time in this folder when not given":
    "dónde; si falta, un nombre con la hora en esta carpeta",
  "put a backup in the place of the data; the gateway must not be running":
    "pone una copia en el lugar de los datos; la pasarela no debe estar en marcha",
  "also where there is a database, which is kept beside it":
    "también donde ya hay una base de datos, que se guarda al lado",
  "read a backup as a restore would": "lee una copia como lo haría una restauración",

  "how long each is kept, and what would be deleted now":
    "cuánto se guarda cada cosa y qué se eliminaría ahora",
  "change how long each is kept; what is over goes within hours":
    "cambia cuánto se guarda cada cosa; lo que sobra se va en unas horas",
  "executions that have ended, at least 1d": "ejecuciones terminadas, al menos 1d",
  "their logs, at least 1h": "sus registros, al menos 1h",
  "request and response bodies, at least 1h": "cuerpos de peticiones y respuestas, al menos 1h",
  "newest versions of each function that stay, or all":
    "versiones más nuevas de cada función que se quedan, o all",
  "what followers can catch up on, 1d to 30d": "lo que quien sigue puede recuperar, de 1d a 30d",

  "people: who they are and what they may do": "personas: quiénes son y qué pueden hacer",
  "people of the project; everybody, for an admin of the gateway":
    "personas del proyecto; todas, para quien administra la pasarela",
  "add a person who signs in by password; it is read from --password-file, the terminal or stdin":
    "añade una persona que entra con contraseña; se lee de --password-file, de la terminal o de stdin",
  "such as operator@shop: viewer, operator, developer or admin; @* is every project":
    "como operator@shop: viewer, operator, developer o admin; @* es todo proyecto",
  "an admin of the gateway: admin@*": "administra la pasarela: admin@*",
  "a file with the password": "un archivo con la contraseña",
  "a file with one's present password": "un archivo con la contraseña actual propia",
  "the person's name": "el nombre de la persona",
  "the person's e-mail address": "la dirección de correo de la persona",
  "give a person a role in a project, such as operator@shop, or take it: none@shop":
    "da a una persona un rol en un proyecto, como operator@shop, o lo quita: none@shop",
  "let a person in no more: their sessions end, their keys open nothing":
    "no deja entrar más a una persona: sus sesiones terminan, sus claves no abren nada",
  "let a person in again": "deja entrar de nuevo a una persona",
  "set a person's password, or change one's own; every other session of theirs ends":
    "pone la contraseña de una persona, o cambia la propia; las demás sesiones terminan",
  "delete a person; their keys and sessions end": "borra una persona; sus claves y sesiones terminan",
  "a code of an app besides your password": "un código de una aplicación además de la contraseña",
  "a secret for the app; it counts once a code of it was confirmed":
    "un secreto para la aplicación; vale cuando se confirma un código suyo",
  "turn it on with the app's code; the recovery codes are shown once":
    "lo activa con el código de la aplicación; los códigos de recuperación se muestran una vez",
  "turn it off, with a code of the app or a recovery code":
    "lo desactiva, con un código de la aplicación o de recuperación",
  "projects, which share nothing; --project says which one a command means":
    "proyectos, que no comparten nada; --project dice a cuál se refiere una orden",
  "the projects that one may use": "los proyectos que se pueden usar",
  "make a project": "crea un proyecto",
  "delete a project without functions and runners; its keys end":
    "borra un proyecto sin funciones ni ejecutores; sus claves terminan",
  "the browsers that are signed in as you": "los navegadores que entraron en su nombre",
  "each with when it was last used, and from where":
    "cada uno con cuándo se usó por última vez y desde dónde",
  "end one, or all of them without an id": "termina una, o todas si no se da un id",
  "let a person say yes in a browser, also without a terminal":
    "deja que una persona diga sí en un navegador, también sin terminal",
  "read the key from stdin, also at a terminal": "lee la clave de stdin, también en una terminal",
  "the project, for people and keys that may use several (PULSE_PROJECT)":
    "el proyecto, para personas y claves que pueden usar varios (PULSE_PROJECT)",
};
