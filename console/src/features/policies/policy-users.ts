/** Who uses a policy, in words. */
import type { Policy } from "../../api/types";
import { plural } from "../../ui/format";

type Users = Pick<Policy, "profiles_count" | "clients_count">;

/** "2 profiles and 1 client"; null where nobody does. A client: by its default terms, or as the limit of the whole client. */
export function usersInWords({ profiles_count, clients_count }: Users): string | null {
  const users = [
    profiles_count > 0 && plural(profiles_count, "profile"),
    clients_count > 0 && plural(clients_count, "client"),
  ].filter(Boolean);
  return users.length === 0 ? null : users.join(" and ");
}
