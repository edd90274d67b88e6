// A provider that people sign in at (oidc-provider), with a page of its own for the login; for the sign-in scenarios.
import { createServer } from "node:http";
import Provider from "oidc-provider";

/**
 * Starts it. `people` by account name: their claims, such as {email, groups}; names may be added later. The client has
 * `secret` (empty: a public client) and is sent back to `redirectUri`. Gives the issuer and how to stop it.
 */
export async function startProvider({ people, clientId = "portcullis", secret, redirectUri }) {
  let provider;
  const server = createServer((request, response) => answer(provider, request, response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        ...(secret && { client_secret: secret }),
        token_endpoint_auth_method: secret ? "client_secret_basic" : "none",
        redirect_uris: [redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
    pkce: { required: () => true },
    cookies: { keys: ["a key of this test alone"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) =>
      people[id] && {
        accountId: id,
        claims: () => ({ sub: id, name: id, email_verified: true, ...people[id] }),
      },
  });
  return { issuer, stop: () => server.close() };
}

async function answer(provider, request, response) {
  if (!request.url.startsWith("/interaction/")) return provider.callback()(request, response);
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === "consent") {
    const found = grantId && (await provider.Grant.find(grantId));
    const grant = found || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope("openid email profile");
    const consent = { grantId: await grant.save() };
    return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
  }
  if (request.method === "POST") {
    let body = "";
    for await (const part of request) body += part;
    const login = { accountId: new URLSearchParams(body).get("account") };
    return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  }
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(
    `<!doctype html><html lang="en"><title>Example SSO</title><h1>Example SSO</h1>
     <form method="post"><label>Account <input name="account"></label> <button>Continue</button></form>`,
  );
}
