/** English texts of channels. */
export const channelEn = {
  chType: "a type is one of {known}",
  chEvent: "an event is one of {known}",
  chNeeds: "{type} needs {flag}",
  chAskUrl: "The URL that messages are sent to",
  chAskToken: "The token that messages are sent with",
  chAskSecret: "The secret that messages are signed with",
  chSecretOnce: "This is the secret that messages are signed with. It is shown this once.",
  chDelivered: "delivered",
  chNotDelivered: "not delivered:",
  chQuiet: "hours without messages are written as 22:00-07:00@Europe/Madrid",
};
