"""Gets an access token with authlib and calls an API with it.

Arguments: token URL, client id, client secret, how to authenticate, URL to call. Prints the status and the token's life.
"""

import os
import sys

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback without TLS

from authlib.integrations.requests_client import OAuth2Session

token_url, client_id, client_secret, method, url = sys.argv[1:]
session = OAuth2Session(client_id, client_secret, token_endpoint_auth_method=method)
token = session.fetch_token(token_url, grant_type="client_credentials")
answer = session.get(url, timeout=10)
print(answer.status_code, token["token_type"], token["expires_in"])
