/** The parts of the settings that the signed-in member may open, as links under the page's title. */
import { Group } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import { type Role, useMay, useMayWorkspace } from "../../api/me";
import classes from "./settings-nav.module.css";

interface Part {
  to: LinkProps["to"];
  label: string;
  needs: Role;
  /** Members confined to projects may open it too. */
  isForConfined?: boolean;
}

const PARTS: readonly Part[] = [
  { to: "/settings", label: "General", needs: "admin" },
  { to: "/settings/members", label: "Members", needs: "owner" },
  { to: "/settings/projects", label: "Projects", needs: "viewer", isForConfined: true },
  { to: "/settings/tokens", label: "Management tokens", needs: "admin", isForConfined: true },
  { to: "/settings/sign-in", label: "Sign-in", needs: "owner" },
  { to: "/settings/webhooks", label: "Webhooks", needs: "admin" },
  { to: "/settings/certificates", label: "Certificates", needs: "viewer" },
  { to: "/settings/nodes", label: "Nodes", needs: "viewer" },
  { to: "/settings/audit", label: "Audit log", needs: "viewer", isForConfined: true },
];

function PartLink({ to, label, needs, isForConfined = false }: Part) {
  const may = useMay(needs);
  const mayWorkspace = useMayWorkspace(needs);
  if (!(isForConfined ? may : mayWorkspace)) return null;
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === "/settings", includeSearch: false }}
      activeProps={{ "aria-current": "page" }}
      className={classes.part}
    >
      {label}
    </Link>
  );
}

export function SettingsNav() {
  return (
    <Group component="nav" aria-label="Parts of the settings" gap={4}>
      {PARTS.map((part) => (
        <PartLink key={part.label} {...part} />
      ))}
    </Group>
  );
}
