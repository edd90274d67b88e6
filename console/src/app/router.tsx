/** All routes of the console on one screen. */
import { Container } from "@mantine/core";
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  Outlet,
  redirect,
  useLocation,
  useRouter,
} from "@tanstack/react-router";
import { ApiError } from "../api/errors";
import { ClientPage } from "../features/clients/client-page";
import { ListPage as ClientListPage } from "../features/clients/list-page";
import { WizardPage } from "../features/clients/wizard/wizard-page";
import { ListPage as CollectionListPage } from "../features/collections/list-page";
import { ExplainPage } from "../features/logs/explain-page";
import { readExplainSearch } from "../features/logs/explain-search";
import { ListPage as PolicyListPage } from "../features/policies/list-page";
import { meQuery } from "../features/session/queries";
import { SetupPage } from "../features/session/setup-page";
import { SignInPage } from "../features/session/sign-in-page";
import { CertificatesPage } from "../features/settings/certificates/certificates-page";
import { SettingsPage } from "../features/settings/settings-page";
import { EmptyState } from "../ui/empty-state";
import { ErrorAlert } from "../ui/error-alert";
import { AnchorLink } from "../ui/links";
import { FIRST_PAGE, readListSearch } from "../ui/list-search";
import { LaterPage, Today } from "./later-page";
import { LATER_TABS } from "./later-tabs";
import { Shell } from "./shell";

interface RouterContext {
  queryClient: QueryClient;
}

function RouteError({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <Container size="sm" py="xl">
      <ErrorAlert
        title="This page could not be shown"
        error={error}
        onRetry={() => router.invalidate()}
      />
    </Container>
  );
}

function NotFound() {
  return (
    <EmptyState
      isPage
      title="There is no such page"
      action={<AnchorLink to="/clients">To the clients</AnchorLink>}
    />
  );
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { from?: string } =>
    // Only a path of this console, never another host's.
    typeof search.from === "string" && /^\/(?!\/)/.test(search.from) ? { from: search.from } : {},
  component: function SignInRoute() {
    const { from } = signInRoute.useSearch();
    const router = useRouter();
    return <SignInPage onSignedIn={() => router.history.replace(from ?? "/")} />;
  },
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: function SetupRoute() {
    const hash = useLocation({ select: (location) => location.hash });
    const router = useRouter();
    return <SetupPage key={hash} hash={hash} onSignedIn={() => router.history.replace("/")} />;
  },
});

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      const from = location.href === "/" ? undefined : location.href;
      throw redirect({ to: "/sign-in", search: from ? { from } : {} });
    }
  },
  component: Shell,
  errorComponent: RouteError,
  notFoundComponent: NotFound,
});

const indexRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/clients", replace: true });
  },
});

const clientsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/clients",
  validateSearch: readListSearch,
  component: function ClientsRoute() {
    const search = clientsRoute.useSearch();
    const navigate = clientsRoute.useNavigate();
    return (
      <ClientListPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) =>
          navigate({
            search: (now) => readListSearch({ ...FIRST_PAGE, ...now, ...change }),
            replace: change.q !== undefined,
          })
        }
      />
    );
  },
});

const newClientRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/clients/new",
  component: WizardPage,
});

const clientRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/clients/$clientId",
  component: function ClientRoute() {
    const { clientId } = clientRoute.useParams();
    const navigate = clientRoute.useNavigate();
    if (!/^\d{1,15}$/.test(clientId)) return <NotFound />;
    return (
      <ClientPage
        key={clientId}
        clientId={Number(clientId)}
        onDeleted={() => navigate({ to: "/clients" })}
      />
    );
  },
});

const dashboardRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/dashboard",
  component: () => <LaterPage {...LATER_TABS.dashboard} />,
});
const collectionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/collections",
  validateSearch: readListSearch,
  component: function CollectionsRoute() {
    const search = collectionsRoute.useSearch();
    const navigate = collectionsRoute.useNavigate();
    return (
      <CollectionListPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) =>
          navigate({
            search: (now) => readListSearch({ ...FIRST_PAGE, ...now, ...change }),
            replace: change.q !== undefined,
          })
        }
        today={<Today {...LATER_TABS.collections} />}
      />
    );
  },
});

const policiesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/policies",
  validateSearch: readListSearch,
  component: function PoliciesRoute() {
    const search = policiesRoute.useSearch();
    const navigate = policiesRoute.useNavigate();
    return (
      <PolicyListPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) =>
          navigate({
            search: (now) => readListSearch({ ...FIRST_PAGE, ...now, ...change }),
            replace: change.q !== undefined,
          })
        }
      />
    );
  },
});

const logsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/logs",
  beforeLoad: () => {
    throw redirect({ to: "/logs/explain", replace: true });
  },
});

const explainRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/logs/explain",
  validateSearch: readExplainSearch,
  component: function ExplainRoute() {
    const search = explainRoute.useSearch();
    const navigate = explainRoute.useNavigate();
    return (
      <ExplainPage
        search={search}
        onSearch={(next) => navigate({ search: readExplainSearch({ ...next }) })}
      />
    );
  },
});

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  component: SettingsPage,
});

const certificatesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/certificates",
  validateSearch: readListSearch,
  component: function CertificatesRoute() {
    const search = certificatesRoute.useSearch();
    const navigate = certificatesRoute.useNavigate();
    return (
      <CertificatesPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) =>
          navigate({
            search: (now) => readListSearch({ ...FIRST_PAGE, ...now, ...change }),
            replace: change.q !== undefined,
          })
        }
      />
    );
  },
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  setupRoute,
  shellRoute.addChildren([
    indexRoute,
    dashboardRoute,
    collectionsRoute,
    policiesRoute,
    clientsRoute,
    newClientRoute,
    clientRoute,
    logsRoute,
    explainRoute,
    settingsRoute,
    certificatesRoute,
  ]),
]);

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({ routeTree, context: { queryClient }, defaultPreload: false });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
