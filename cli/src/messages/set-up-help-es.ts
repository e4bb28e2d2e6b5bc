/** Spanish help texts of the first person, by the English ones. */
export const setUpHelpEs = {
  "make the first person, an admin of the gateway; the password as with user create":
    "crea la primera persona, que administra la pasarela; la contraseña como en user create",
  "how the person signs in": "con qué nombre entra la persona",
  "the file with the set-up URL; without one, the key makes the person":
    "el archivo con la URL de inicio; sin él, la clave crea la persona",
  "make the set-up URL with the key, and nobody; who opens it is asked for the rest":
    "crea con la clave la URL de inicio, y a nadie; a quien la abre se le pide lo demás",
};
