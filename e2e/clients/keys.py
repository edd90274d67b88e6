"""Makes a key pair of each kind.

Argument: the folder to write <kind>.pem (private) and <kind>.pub.pem (public) to; of the RSA key also rsa.jwk (public).
"""

import json
import pathlib
import sys

import jwt
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

KINDS = {
    "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
folder = pathlib.Path(sys.argv[1])
for name, make in KINDS.items():
    key = make()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{name}.pem").write_bytes(private)
    (folder / f"{name}.pub.pem").write_bytes(public)
    if name == "rsa":
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        (folder / "rsa.jwk").write_text(json.dumps({**jwk, "kid": "first", "use": "sig", "alg": "RS256"}))
