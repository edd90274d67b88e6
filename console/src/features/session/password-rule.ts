/** What a password must be; the server asks the same. */

const MIN_PASSWORD = 12;
const MAX_PASSWORD = 256;

export function passwordProblem(value: string): string | null {
  return value.length < MIN_PASSWORD || value.length > MAX_PASSWORD
    ? `Use ${MIN_PASSWORD} to ${MAX_PASSWORD} characters`
    : null;
}
