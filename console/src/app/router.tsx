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
import { includes, meQuery } from "../api/me";
import { FIRST_COLLECTION_SEARCH, readCollectionSearch } from "../features/collections/search";
import { readExplainSearch } from "../features/logs/explain-search";
import { type OidcError, readOidcError } from "../features/session/oidc-errors";
import { readAuditSearch } from "../features/settings/audit/audit-search";
import { emptinessQuery } from "../features/start/queries";
import { EmptyState } from "../ui/empty-state";
import { ErrorAlert } from "../ui/error-alert";
import { PageForRole } from "../ui/for-role";
import { AnchorLink } from "../ui/links";
import { FIRST_PAGE, type ListSearch, readListSearch } from "../ui/list-search";
import { LoadingRows } from "../ui/loading";
import { LaterPage } from "./later-page";
import { LATER_TABS } from "./later-tabs";
import {
  AccountPage,
  AuditPage,
  CertificatesPage,
  ClientListPage,
  ClientPage,
  ClientWizardPage,
  CollectionListPage,
  CollectionPage,
  CollectionWizardPage,
  ExplainPage,
  MembersPage,
  NodesPage,
  PolicyListPage,
  ProjectsPage,
  SettingsPage,
  SetupPage,
  Shell,
  SignInPage,
  SignInSettingsPage,
  StartPage,
  showing,
  TokensPage,
  WebhookPage,
  WebhooksPage,
} from "./pages";

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

/** Changes a list's state in the URL; while somebody types, without a step in the history. */
function listChange(change: Partial<ListSearch>) {
  return {
    search: (now: Partial<ListSearch>) => readListSearch({ ...FIRST_PAGE, ...now, ...change }),
    replace: change.q !== undefined,
  };
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { from?: string; oidc_error?: OidcError } => {
    const oidcError = readOidcError(search.oidc_error);
    return {
      // Only a path of this console, never another host's.
      ...(typeof search.from === "string" &&
        /^\/(?!\/)/.test(search.from) && { from: search.from }),
      ...(oidcError && { oidc_error: oidcError }),
    };
  },
  component: showing(SignInPage, function SignInRoute() {
    const { from, oidc_error: oidcError } = signInRoute.useSearch();
    const router = useRouter();
    return (
      <SignInPage oidcError={oidcError} onSignedIn={() => router.history.replace(from ?? "/")} />
    );
  }),
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: showing(SetupPage, function SetupRoute() {
    const hash = useLocation({ select: (location) => location.hash });
    const router = useRouter();
    return <SetupPage key={hash} hash={hash} onSignedIn={() => router.history.replace("/")} />;
  }),
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
  beforeLoad: async ({ context }) => {
    // An empty workspace begins with its first steps.
    const isEmpty = await context.queryClient.fetchQuery(emptinessQuery).catch(() => false);
    throw redirect({ to: isEmpty ? "/start" : "/clients", replace: true });
  },
});

const startRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/start",
  component: StartPage,
});

const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/account",
  component: AccountPage,
});

const clientsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/clients",
  validateSearch: readListSearch,
  component: showing(ClientListPage, function ClientsRoute() {
    const search = clientsRoute.useSearch();
    const navigate = clientsRoute.useNavigate();
    return (
      <ClientListPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) => navigate(listChange(change))}
      />
    );
  }),
});

const newClientRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/clients/new",
  component: showing(ClientWizardPage, () => (
    <PageForRole needs="admin">
      <ClientWizardPage />
    </PageForRole>
  )),
});

const clientRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/clients/$clientId",
  component: showing(ClientPage, function ClientRoute() {
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
  }),
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
  component: showing(CollectionListPage, function CollectionsRoute() {
    const search = collectionsRoute.useSearch();
    const navigate = collectionsRoute.useNavigate();
    return (
      <CollectionListPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) => navigate(listChange(change))}
      />
    );
  }),
});

const newCollectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/collections/new",
  component: showing(CollectionWizardPage, () => (
    <PageForRole needs="admin">
      <CollectionWizardPage />
    </PageForRole>
  )),
});

const collectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/collections/$collectionId",
  validateSearch: readCollectionSearch,
  component: showing(CollectionPage, function CollectionRoute() {
    const { collectionId } = collectionRoute.useParams();
    const search = collectionRoute.useSearch();
    const navigate = collectionRoute.useNavigate();
    if (!/^\d{1,15}$/.test(collectionId)) return <NotFound />;
    return (
      <CollectionPage
        key={collectionId}
        collectionId={Number(collectionId)}
        search={{ ...FIRST_COLLECTION_SEARCH, ...search }}
        onSearch={(change) =>
          navigate({
            search: (now) =>
              readCollectionSearch({ ...FIRST_COLLECTION_SEARCH, ...now, ...change }),
            replace: change.q !== undefined && change.tab === undefined,
          })
        }
        onDeleted={() => navigate({ to: "/collections", ignoreBlocker: true })}
      />
    );
  }),
});

const policiesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/policies",
  validateSearch: readListSearch,
  component: showing(PolicyListPage, function PoliciesRoute() {
    const search = policiesRoute.useSearch();
    const navigate = policiesRoute.useNavigate();
    return (
      <PolicyListPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) => navigate(listChange(change))}
      />
    );
  }),
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
  component: showing(ExplainPage, function ExplainRoute() {
    const search = explainRoute.useSearch();
    const navigate = explainRoute.useNavigate();
    return (
      <ExplainPage
        search={search}
        onSearch={(next) => navigate({ search: readExplainSearch({ ...next }) })}
      />
    );
  }),
});

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  beforeLoad: ({ context }) => {
    // The first part that the member may open.
    const me = context.queryClient.getQueryData(meQuery.queryKey);
    if (me && (!includes(me.role, "admin") || me.project_ids !== null)) {
      throw redirect({ to: "/settings/projects", replace: true });
    }
  },
  component: SettingsPage,
});

const membersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/members",
  validateSearch: readListSearch,
  component: showing(MembersPage, function MembersRoute() {
    const search = membersRoute.useSearch();
    const navigate = membersRoute.useNavigate();
    return (
      <MembersPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) => navigate(listChange(change))}
      />
    );
  }),
});

const projectsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/projects",
  validateSearch: readListSearch,
  component: showing(ProjectsPage, function ProjectsRoute() {
    const search = projectsRoute.useSearch();
    const navigate = projectsRoute.useNavigate();
    return (
      <ProjectsPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) => navigate(listChange(change))}
      />
    );
  }),
});

const tokensRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/tokens",
  validateSearch: readListSearch,
  component: showing(TokensPage, function TokensRoute() {
    const search = tokensRoute.useSearch();
    const navigate = tokensRoute.useNavigate();
    return (
      <TokensPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) => navigate(listChange(change))}
      />
    );
  }),
});

const webhooksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/webhooks",
  validateSearch: readListSearch,
  component: showing(WebhooksPage, function WebhooksRoute() {
    const search = webhooksRoute.useSearch();
    const navigate = webhooksRoute.useNavigate();
    return (
      <WebhooksPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) => navigate(listChange(change))}
      />
    );
  }),
});

const webhookRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/webhooks/$webhookId",
  component: showing(WebhookPage, function WebhookRoute() {
    const { webhookId } = webhookRoute.useParams();
    const navigate = webhookRoute.useNavigate();
    if (!/^\d{1,15}$/.test(webhookId)) return <NotFound />;
    return (
      <WebhookPage
        key={webhookId}
        webhookId={Number(webhookId)}
        onDeleted={() => navigate({ to: "/settings/webhooks" })}
      />
    );
  }),
});

const signInSettingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/sign-in",
  component: SignInSettingsPage,
});

const nodesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/nodes",
  component: NodesPage,
});

const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/audit",
  validateSearch: readAuditSearch,
  component: showing(AuditPage, function AuditRoute() {
    const search = auditRoute.useSearch();
    const navigate = auditRoute.useNavigate();
    return (
      <AuditPage
        search={search}
        onSearch={(next) => navigate({ search: readAuditSearch({ ...next }), replace: true })}
      />
    );
  }),
});

const certificatesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/certificates",
  validateSearch: readListSearch,
  component: showing(CertificatesPage, function CertificatesRoute() {
    const search = certificatesRoute.useSearch();
    const navigate = certificatesRoute.useNavigate();
    return (
      <CertificatesPage
        search={{ ...FIRST_PAGE, ...search }}
        onSearch={(change) => navigate(listChange(change))}
      />
    );
  }),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  setupRoute,
  shellRoute.addChildren([
    indexRoute,
    startRoute,
    accountRoute,
    dashboardRoute,
    collectionsRoute,
    newCollectionRoute,
    collectionRoute,
    policiesRoute,
    clientsRoute,
    newClientRoute,
    clientRoute,
    logsRoute,
    explainRoute,
    settingsRoute,
    certificatesRoute,
    membersRoute,
    projectsRoute,
    tokensRoute,
    webhooksRoute,
    webhookRoute,
    signInSettingsRoute,
    nodesRoute,
    auditRoute,
  ]),
]);

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: false,
    defaultPendingMs: 200,
    defaultPendingComponent: LoadingRows,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
