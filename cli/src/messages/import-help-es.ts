/** Spanish help texts of moving in, by the English ones. */
export const importHelpEs = {
  "move in from the older system: its definitions, users and workers as JSON, its .env":
    "múdese del sistema anterior: sus definiciones, usuarios y workers en JSON, y su .env",
  "do it; without it only the plan is shown": "hazlo; sin ella solo se muestra el plan",
  "make people who are not there, with first passwords in this new file":
    "crea a quienes no están, con sus primeras contraseñas en este fichero nuevo",
  "write the settings of the .env under their names here into this file":
    "escribe en este fichero los ajustes del .env con los nombres de aquí",
  "settings of the .env that become secrets": "ajustes del .env que pasan a ser secretos",
};
