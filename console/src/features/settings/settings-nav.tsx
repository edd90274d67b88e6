/** The parts of the settings, as links under the page's title. */
import { Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import classes from "./settings-nav.module.css";

export function SettingsNav() {
  return (
    <Group component="nav" aria-label="Parts of the settings" gap="xs">
      <Link
        to="/settings"
        activeOptions={{ exact: true }}
        activeProps={{ "aria-current": "page" }}
        className={classes.part}
      >
        General
      </Link>
      <Link
        to="/settings/certificates"
        activeProps={{ "aria-current": "page" }}
        activeOptions={{ includeSearch: false }}
        className={classes.part}
      >
        Certificates
      </Link>
    </Group>
  );
}
