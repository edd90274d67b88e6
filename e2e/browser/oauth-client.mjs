// Gets an access token with openid-client and calls an API with it.
//
// Arguments: token URL, client id, client secret, how to authenticate (basic or post), URL to call. Prints the status and
// the token's life.
import * as client from 'openid-client';

const [tokenUrl, clientId, secret, how, url] = process.argv.slice(2);
const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
const authentication = how === 'basic' ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret);
const configuration = new client.Configuration(server, clientId, undefined, authentication);
client.allowInsecureRequests(configuration); // loopback without TLS
const token = await client.clientCredentialsGrant(configuration);
const answer = await fetch(url, { headers: { authorization: `Bearer ${token.access_token}` } });
console.log(answer.status, token.token_type, token.expires_in);
