/** Puts a component on a page as the console does: theme, query client, router. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { meQuery } from "../api/me";
import { createQueryClient } from "../api/query-client";
import type { User } from "../api/types";
import { cssVariables, theme } from "../app/theme";

/** Renders `page` at `/here`; every other path shows "elsewhere". `me`: who is signed in, where that matters. */
export async function renderPage(page: ReactElement, { me }: { me?: Partial<User> } = {}) {
  const root = createRootRoute({ component: Outlet });
  const here = createRoute({ getParentRoute: () => root, path: "/here", component: () => page });
  const other = createRoute({
    getParentRoute: () => root,
    path: "$",
    component: () => <p>elsewhere</p>,
  });
  const router = createRouter({
    routeTree: root.addChildren([here, other]),
    history: createMemoryHistory({ initialEntries: ["/here"] }),
  });
  await router.load();
  const user = userEvent.setup();
  const queryClient = createQueryClient();
  if (me) queryClient.setQueryData(meQuery.queryKey, me as User);
  const view = render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} env="test">
      <QueryClientProvider client={queryClient}>
        {/* The test's own small router stands in for the console's. */}
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { ...view, user, router };
}
