/** Why the sign-in at the provider did not lead in here, by the word in the URL. */

const WORDS = {
  expired: "It took longer than 10 minutes, or was begun in another browser. Try again.",
  refused: "The provider said no, or you did.",
  unreachable: "The provider cannot be reached. Try again later, or use your password.",
  invalid: "The provider's answer could not be trusted. Ask an owner to look at Settings, Sign-in.",
  no_role: "You are known there, but none of your groups gives you a role here. Ask an owner.",
  no_email: "The provider gave no verified e-mail address for you.",
  disabled: "You are disabled here. Ask an owner.",
} as const;

export type OidcError = keyof typeof WORDS;

/** Only a word that is known; a URL may be written by anybody. */
export function readOidcError(value: unknown): OidcError | undefined {
  return typeof value === "string" && value in WORDS ? (value as OidcError) : undefined;
}

export function oidcErrorWords(error: OidcError): string {
  return WORDS[error];
}
