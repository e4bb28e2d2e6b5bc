/** Spanish help texts of `pulse apply`, by the English ones. */
export const applyHelpEs = {
  "make functions, workflows, schedules, webhooks and channels as a folder with a pulse.yaml says":
    "hace funciones, flujos de trabajo, programaciones, webhooks y canales como dice una carpeta con un pulse.yaml",
  "show the plan and do nothing; exits with 20 where something would be done":
    "muestra el plan y no hace nada; sale con 20 si habría algo que hacer",
  "remove what pulse.yaml lists as removed": "elimina lo que pulse.yaml enumera como eliminado",
};
