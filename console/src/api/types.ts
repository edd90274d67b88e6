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
