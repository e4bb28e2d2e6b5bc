import type { setup as english } from "../en/setup.ts";

/** Texts of the set-up page. */
export const setup: Readonly<Record<keyof typeof english, string>> = {
  "setup.title": "Te damos la bienvenida a Pulse",
  "setup.about":
    "Esto crea la primera cuenta de esta pasarela; después se despliega y se llama una función de ejemplo.",
  "setup.username_hint": "En minúsculas: a–z, 0–9 y . _ @ + -",
  "setup.password_hint": "Una larga, que nadie adivine.",
  "setup.sample": "Función de ejemplo",
  "setup.sample_typescript": "TypeScript",
  "setup.sample_python": "Python",
  "setup.submit": "Configurar y ejecutar el ejemplo",
  "setup.busy": "Abriendo tu sesión…",
  "setup.without": "Seguir sin cuenta",
  "setup.without_hint":
    "Si ya hay cuentas aquí, esta dirección aún puede abrir una sesión de la clave propia de la pasarela.",
  "setup.how":
    "Mientras nadie tenga cuenta, una pasarela que arranca escribe la dirección de este formulario, válida una vez y durante un día; en un servidor está también en el archivo setup-url de su carpeta de datos. Con la clave de administración de la pasarela, esta orden crea una nueva, dondequiera que funcione:",
  "setup.sign_in": "Entrar con una clave de API",
  "setup.done_person": "Tu sesión está abierta",
  "setup.deploying": "Se está desplegando {name}",
  "setup.done_deploy": "{name} está desplegada",
  "setup.calling": "{name} va a ser llamada",
  "setup.done_call": "{name} fue llamada",
  "setup.no_runner":
    "No hay ningún runner en línea, y las funciones se ejecutan en runners. Pega esta línea en una máquina que vaya a serlo; esta página sigue sola cuando se conecte.",
  "setup.open_sample": "Cambiar {name}",
  "setup.home": "Ir al inicio",
};
