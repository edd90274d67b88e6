/** The frame around every page of a signed-in member: mark, tabs, user menu. */
import { Box, Container, Group, Text } from "@mantine/core";
import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { meQuery } from "../api/me";
import { signOut } from "../features/session/queries";
import { SessionEndedDialog } from "../features/session/session-ended-dialog";
import { Mark } from "../ui/mark";
import { toastProblem } from "../ui/toast";
import { SearchButton } from "./search-button";
import classes from "./shell.module.css";
import { UserMenu } from "./user-menu";

const TABS = [
  { to: "/dashboard", label: "Dashboard" },
  { to: "/collections", label: "API collections" },
  { to: "/policies", label: "Policies" },
  { to: "/clients", label: "Clients" },
  { to: "/logs", label: "Logs" },
  { to: "/settings", label: "Settings" },
] as const;

function Tabs() {
  const ref = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a narrow screen the row scrolls: bring the open tab into sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the page changes
  useEffect(() => {
    const open = ref.current?.querySelector<HTMLElement>("[aria-current=page]");
    if (open && ref.current) ref.current.scrollLeft = open.offsetLeft - 24;
  }, [pathname]);
  return (
    <nav ref={ref} className={classes.tabs} aria-label="API platform">
      {TABS.map(({ to, label }) => (
        <Link
          key={to}
          to={to}
          className={classes.tab}
          activeProps={{ "aria-current": "page", "data-open": true }}
          activeOptions={{ includeSearch: false }}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}

/** After a change of page the keyboard and the screen reader begin at its content. */
function useFocusOnNavigation() {
  const ref = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    ref.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);
  return ref;
}

export function Shell() {
  const { data: user } = useSuspenseQuery(meQuery);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const mainRef = useFocusOnNavigation();

  const leave = async () => {
    try {
      await signOut();
    } catch (error) {
      return toastProblem("Could not sign out", error);
    }
    await navigate({ to: "/sign-in", ignoreBlocker: true });
    queryClient.clear();
  };

  return (
    <>
      <a href="#main" className="skip-link">
        Skip to content
      </a>
      <header className={classes.header}>
        <Container size="xl" className={classes.bar}>
          <Group gap="sm" wrap="nowrap">
            <Mark />
            <Text fw={700}>Portcullis</Text>
            <Text c="dimmed" visibleFrom="xs">
              API platform
            </Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <SearchButton />
            <UserMenu user={user} onSignOut={leave} />
          </Group>
        </Container>
        <Container size="xl" px={0}>
          <Tabs />
        </Container>
      </header>
      <Box component="main" id="main" ref={mainRef} tabIndex={-1} className={classes.main}>
        <Container size="xl" py="lg">
          <Outlet />
        </Container>
      </Box>
      <SessionEndedDialog />
    </>
  );
}
