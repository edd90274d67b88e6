// An authorization server (oidc-provider) and an API that takes only its tokens.
//
// Arguments: client id, client secret, how the client authenticates (client_secret_basic or client_secret_post), life of
// a token in seconds. Prints one line of JSON, {token_url, api_url, control_url}, and serves until its input ends.
// POST control_url/revoke ends all tokens; GET control_url/issued tells how many were issued.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [clientId, clientSecret, method, life] = process.argv.slice(2);
const listen = (handler) =>
  new Promise((resolve) => {
    const server = createServer(handler);
    server.listen(0, '127.0.0.1', () => resolve([server, `http://127.0.0.1:${server.address().port}`]));
  });

let provider;
const [, issuer] = await listen((request, response) => provider.callback()(request, response));
provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      token_endpoint_auth_method: method,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      scope: 'orders',
    },
  ],
  scopes: ['orders'],
  ttl: { ClientCredentials: Number(life) },
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
});

let issued = [];
provider.on('client_credentials.saved', (token) => issued.push(token));

const [, api] = await listen(async (request, response) => {
  const [scheme, value] = (request.headers.authorization ?? '').split(' ');
  const token = scheme === 'Bearer' && value ? await provider.ClientCredentials.find(value) : undefined;
  const good = token?.isValid && token.clientId === clientId && token.scope === 'orders';
  response.writeHead(good ? 200 : 401, { 'content-type': 'text/plain' }).end(good ? 'welcome' : 'who are you?');
});

const [, control] = await listen(async (request, response) => {
  if (request.method === 'POST') {
    await Promise.all(issued.map((token) => token.destroy()));
  }
  response.end(String(issued.length));
});

console.log(JSON.stringify({ token_url: `${issuer}/token`, api_url: api, control_url: control }));
process.stdin.on('end', () => process.exit(0)).resume();
