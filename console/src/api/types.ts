/** Names for the shapes the console uses, taken from the generated schema by path and operation. */
import type { paths } from "./schema";

/** The JSON body of an operation's 200 answer. */
type Answer<Operation> = Operation extends { responses: { 200: { content: infer Content } } }
  ? Content[keyof Content]
  : never;

/** The JSON body an operation takes. */
type Body<Operation> = Operation extends {
  requestBody: { content: { "application/json": infer B } };
}
  ? B
  : never;

type Clients = paths["/api/v2/api_clients"];
type Client_ = paths["/api/v2/api_clients/{id}"];
type Keys = paths["/api/v2/api_clients/{id}/api_keys"];
type Key_ = paths["/api/v2/api_clients/{id}/api_keys/{key}"];

export type User = Answer<paths["/api/users/me"]["get"]>;

export type Client = Answer<Client_["get"]>["data"];
export type NewClient = Body<Clients["post"]>;
export type ClientChange = Body<Client_["put"]>;

/** An access profile; the API calls it an API key. */
export type Profile = Answer<Key_["get"]>["data"];
export type NewProfile = Body<Keys["post"]>;
export type ProfileChange = Body<Key_["put"]>;

export type Policy = Answer<paths["/api/api_policies"]["get"]>["data"][number];
export type Collection = Answer<paths["/api/api_collections"]["get"]>[number];
export type Endpoint = Answer<paths["/api/api_endpoints"]["get"]>[number];
export type NewPolicy = Body<paths["/api/api_policies"]["post"]>;
export type NewCollection = Body<paths["/api/api_collections"]["post"]>;
/** An OpenAPI document as the API takes it. */
export type DocumentInput = NonNullable<NewCollection["openapi_spec"]>;
export type DocumentPreview = Answer<paths["/api/api_collections/preview"]["post"]>["data"];
export type ImportAnswer = Answer<paths["/api/api_collections/{id}/import"]["post"]>;
export type NewEndpoint = Body<paths["/api/api_collections/{id}/api_endpoints"]["post"]>;
export type EndpointChange = Body<paths["/api/api_endpoints/{id}"]["put"]>;
export type TryInput = Body<paths["/api/api_endpoints/{id}/try"]["post"]>;
export type TryAnswer = Answer<paths["/api/api_endpoints/{id}/try"]["post"]>["data"];
export type Project = Answer<paths["/api/projects"]["get"]>[number];
export type CollectionChange = Body<paths["/api/api_collections/{id}"]["put"]>;
export type CertBundle = Answer<paths["/api/cert_bundles"]["get"]>["data"][number];
export type Certificate = CertBundle["certificates"][number];
export type NewCertBundle = Body<paths["/api/cert_bundles"]["post"]>;
export type CertBundleChange = Body<paths["/api/cert_bundles/{id}"]["put"]>;
export type Settings = Answer<paths["/api/settings"]["get"]>["data"];

export type Counters = Answer<
  paths["/api/v2/api_clients/{id}/api_keys/{key}/counters"]["get"]
>["data"];
export type ExplainInput = Body<paths["/api/explain"]["post"]>;
export type Explanation = Answer<paths["/api/explain"]["post"]>["data"];
export type ExplainedCall = Answer<paths["/api/request_logs/{request_id}/explain"]["get"]>["data"];

export type NewProject = Body<paths["/api/projects"]["post"]>;
export type ProjectChange = Body<paths["/api/projects/{id}"]["put"]>;
export type Session = Answer<paths["/api/sessions"]["get"]>["data"][number];
export type Member = Answer<paths["/api/members/{id}"]["get"]>["data"];
/** A member with the link by which they choose a password. */
export type InvitedMember = Answer<paths["/api/members/{id}/reset_password"]["post"]>["data"];
export type NewMember = Body<paths["/api/members"]["post"]>;
export type MemberChange = Body<paths["/api/members/{id}"]["put"]>;
export type ManagementToken = Answer<paths["/api/management_tokens/{id}"]["get"]>["data"];
export type NewManagementToken = Body<paths["/api/management_tokens"]["post"]>;
export type AuditEntry = Answer<paths["/api/activity_logs"]["get"]>["data"][number];
export type SearchResult = Answer<paths["/api/search"]["get"]>["data"][number];
export type Node = Answer<paths["/api/nodes"]["get"]>["data"][number];
export type Lease = Answer<paths["/api/nodes/{id}/leases"]["get"]>["data"][number];
export type Webhook = Answer<paths["/api/webhooks/{id}"]["get"]>["data"];
export type NewWebhook = Body<paths["/api/webhooks"]["post"]>;
export type WebhookChange = Body<paths["/api/webhooks/{id}"]["put"]>;
export type Delivery = Answer<paths["/api/webhooks/{id}/deliveries"]["get"]>["data"][number];
export type Totp = Answer<paths["/api/users/me/totp"]["post"]>["data"];
export type OidcSignIn = NonNullable<Answer<paths["/api/settings/oidc"]["get"]>["data"]>;
export type OidcSignInChange = Body<paths["/api/settings/oidc"]["put"]>;
