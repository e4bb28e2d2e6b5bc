/** The version of this gateway. */
export const gatewayVersion = "0.1.0";
