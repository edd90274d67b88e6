/** Asks before the wizard is left half-way. */
import { LeaveGuard as Guard } from "../../../ui/leave-guard";

interface LeaveGuardProps {
  isActive: boolean;
  /** A credential is on the screen that cannot be shown again. */
  isCredentialOpen: boolean;
}

export function LeaveGuard({ isActive, isCredentialOpen }: LeaveGuardProps) {
  return (
    <Guard
      isActive={isActive}
      title={isCredentialOpen ? "Is the credential stored?" : "Leave without creating the client?"}
    >
      {isCredentialOpen
        ? "It cannot be shown again. Without it, only Refresh gives the profile a new one."
        : "Nothing has been saved yet: what you typed is lost."}
    </Guard>
  );
}
