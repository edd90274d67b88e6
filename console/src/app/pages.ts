/** The pages, each loaded when it is first opened: the first screen carries the code of its own page only. */
import { type AsyncRouteComponent, lazyRouteComponent } from "@tanstack/react-router";

export const Shell = lazyRouteComponent(() => import("./shell"), "Shell");

export const SignInPage = lazyRouteComponent(
  () => import("../features/session/sign-in-page"),
  "SignInPage",
);
export const SetupPage = lazyRouteComponent(
  () => import("../features/session/setup-page"),
  "SetupPage",
);
export const AccountPage = lazyRouteComponent(
  () => import("../features/session/account-page"),
  "AccountPage",
);
export const StartPage = lazyRouteComponent(
  () => import("../features/start/start-page"),
  "StartPage",
);

export const ClientListPage = lazyRouteComponent(
  () => import("../features/clients/list-page"),
  "ListPage",
);
export const ClientWizardPage = lazyRouteComponent(
  () => import("../features/clients/wizard/wizard-page"),
  "WizardPage",
);
export const ClientPage = lazyRouteComponent(
  () => import("../features/clients/client-page"),
  "ClientPage",
);

export const CollectionListPage = lazyRouteComponent(
  () => import("../features/collections/list-page"),
  "ListPage",
);
export const CollectionWizardPage = lazyRouteComponent(
  () => import("../features/collections/wizard/wizard-page"),
  "WizardPage",
);
export const CollectionPage = lazyRouteComponent(
  () => import("../features/collections/collection-page"),
  "CollectionPage",
);

export const PolicyListPage = lazyRouteComponent(
  () => import("../features/policies/list-page"),
  "ListPage",
);
export const ExplainPage = lazyRouteComponent(
  () => import("../features/logs/explain-page"),
  "ExplainPage",
);

export const SettingsPage = lazyRouteComponent(
  () => import("../features/settings/settings-page"),
  "SettingsPage",
);
export const MembersPage = lazyRouteComponent(
  () => import("../features/settings/members/members-page"),
  "MembersPage",
);
export const ProjectsPage = lazyRouteComponent(
  () => import("../features/settings/projects/projects-page"),
  "ProjectsPage",
);
export const TokensPage = lazyRouteComponent(
  () => import("../features/settings/tokens/tokens-page"),
  "TokensPage",
);
export const SignInSettingsPage = lazyRouteComponent(
  () => import("../features/settings/sign-in/sign-in-settings-page"),
  "SignInSettingsPage",
);
export const WebhooksPage = lazyRouteComponent(
  () => import("../features/settings/webhooks/webhooks-page"),
  "WebhooksPage",
);
export const WebhookPage = lazyRouteComponent(
  () => import("../features/settings/webhooks/webhook-page"),
  "WebhookPage",
);
export const CertificatesPage = lazyRouteComponent(
  () => import("../features/settings/certificates/certificates-page"),
  "CertificatesPage",
);
export const NodesPage = lazyRouteComponent(
  () => import("../features/settings/nodes/nodes-page"),
  "NodesPage",
);
export const AuditPage = lazyRouteComponent(
  () => import("../features/settings/audit/audit-page"),
  "AuditPage",
);

/** `Route` shows `page`: the page that is open stays until the code of the next one is there. */
export function showing<Props>(
  page: AsyncRouteComponent<Props>,
  Route: () => React.ReactNode,
): AsyncRouteComponent<object> {
  return Object.assign(Route, { preload: async () => page.preload?.() });
}
