"""Signs a JSON Web Token with PyJWT.

Arguments: algorithm, file with the key, claims as JSON. Prints the token.
"""

import json
import sys

import jwt

algorithm, key_file, claims = sys.argv[1:]
with open(key_file, encoding="utf-8") as file:
    print(jwt.encode(json.loads(claims), file.read(), algorithm=algorithm))
