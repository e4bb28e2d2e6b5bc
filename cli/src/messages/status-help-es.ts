/** Spanish help texts of the project at a glance and of finding, by the English ones. */
export const statusHelpEs = {
  "the project at a glance: what runs, what failed last, what comes next":
    "el proyecto de un vistazo: qué se ejecuta, qué falló lo último, qué viene después",
  "functions, workflows, runners, executions and triggers by name or id":
    "funciones, flujos de trabajo, ejecutores, ejecuciones y disparadores por nombre o id",
  "so many of each kind, 1 to 20": "cuántas de cada clase, de 1 a 20",
};
