// The provider of sign-in-provider.mjs as a process.
//
// Arguments: client id, client secret (empty: a public client), redirect URI. Prints one line of JSON,
// {issuer, control_url}, and serves until its input ends. PUT control_url/NAME with JSON sets the claims of the account
// NAME; whoever types a name at the login page is that account.
import { createServer } from "node:http";
import { startProvider } from "./sign-in-provider.mjs";

const [clientId, secret, redirectUri] = process.argv.slice(2);
const people = {};
const { issuer } = await startProvider({ people, clientId, secret, redirectUri });

const control = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  people[decodeURIComponent(request.url.slice(1))] = JSON.parse(text);
  response.end("{}");
});
await new Promise((resolve) => control.listen(0, "127.0.0.1", resolve));

console.log(JSON.stringify({ issuer, control_url: `http://127.0.0.1:${control.address().port}` }));
process.stdin.on("end", () => process.exit(0)).resume();
