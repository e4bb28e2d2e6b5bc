import type { complianceEn } from "./compliance-en.ts";

/** Spanish texts of reports, and of what is kept of people. */
export const complianceEs: typeof complianceEn = {
  reportOneForm: "uno solo de --csv, --html y --json",
  reportGap: "no está completo: lo anterior a {at} puede haberse borrado por su antigüedad",
  erasePlan: "{name} pasa a ser {pseudonym}; aún no se ha hecho nada: --yes lo hace",
  eraseDone: "{name} ya no está: en lugar de su nombre pone {pseudonym}",
};
