/** Spanish help texts of `up`, `diff` and `open`, by the English ones. */
export const dailyHelpEs = {
  "start a gateway with a runner on this machine, as `pnpm start` does, until Ctrl-C":
    "inicia una pasarela con un ejecutor en esta máquina, como `pnpm start`, hasta Ctrl-C",
  "where it answers (PULSE_PORT)": "dónde responde (PULSE_PORT)",
  "where it keeps everything (PULSE_DATA_DIR)": "dónde lo guarda todo (PULSE_DATA_DIR)",
  "what a deploy of these folders would change: settings and lines of code; exits 20 when anything":
    "qué cambiaría un despliegue de estas carpetas: ajustes y líneas de código; sale con 20 si algo cambia",
  "a version's number or an alias to compare with": "el número de una versión o un alias con que comparar",
  "open the dashboard in a browser: at an id, at what has a name, or at an address such as /runners":
    "abre el panel en un navegador: en un id, en lo que tenga ese nombre o en una dirección como /runners",
  "print the address and open nothing": "escribe la dirección y no abre nada",
};
