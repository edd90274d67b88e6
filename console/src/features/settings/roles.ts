/** What the roles may do, in words. */
import type { Role } from "../../api/me";

export const ROLE_WORDS: Record<Role, string> = {
  viewer: "Reads; not settings, members and tokens.",
  operator: "Reads; enables, disables, refreshes credentials, grants quota, tries endpoints.",
  admin: "All of that; creates, changes and deletes, settings, webhooks, own management tokens.",
  owner: "Everything: members, all tokens, sessions of others.",
};

export function roleName(role: Role): string {
  return role.charAt(0).toUpperCase() + role.slice(1);
}
