"""A phone's pair of keys, as any client may have one, written from docs/sync.md and not from the server's code."""

import base64
import hashlib
import json
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from server.foundation.actor import Actor
from server.foundation.ids import new_id
from tests.conftest import House

OURS = {"x-dugai": "1"}


def b64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def spki(key: ec.EllipticCurvePrivateKey) -> str:
    return b64url(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


class Signer:
    """The device of one person."""

    def __init__(self) -> None:
        self.id, self.key = new_id(), ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        return spki(self.key)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def headers(self, method: str, target: str, body: bytes | None = None) -> dict[str, str]:
        path, _, query = target.partition("?")
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:" if body is not None else ""
        covered = '("@method" "@path" "@query" "content-digest")' if body is not None else '("@method" "@path" "@query")'
        params = f'{covered};keyid="{self.id}";alg="ecdsa-p256-sha256"'
        lines = [f'"@method": {method}', f'"@path": {path}', f'"@query": ?{query}', *([f'"content-digest": {digest}'] if digest else [])]
        signature = self.sign("\n".join([*lines, f'"@signature-params": {params}']).encode())
        return {
            **OURS, **({"content-digest": digest} if digest else {}), "signature-input": f"dugai={params}",
            "signature": f"dugai=:{base64.b64encode(signature).decode()}:",
        }  # fmt: skip

    async def post(self, client: httpx.AsyncClient, *commands: dict[str, Any], body: bytes | None = None, **headers: str) -> httpx.Response:
        """The commands signed and sent; body: what goes out instead of what was signed."""
        content = msgspec.json.encode({"commands": commands})
        signed = {**self.headers("POST", "/sync", content), "content-type": "application/json", **headers}
        return await client.post("/sync", content=content if body is None else body, headers=signed)

    async def put(self, client: httpx.AsyncClient, photo: bytes) -> httpx.Response:
        target = f"/photos/{hashlib.sha256(photo).hexdigest()}?offset=0"
        return await client.put(target, content=photo, headers={**self.headers("PUT", target), "upload-length": str(len(photo))})


async def enrolled(house: House, actor: Actor) -> Signer:
    """A device of this person, enrolled over the wire."""
    signer = Signer()
    async with house.client(actor, **OURS) as client:
        answer = await client.post("/devices", json={"id": signer.id, "key": signer.public})
        assert answer.json() == {"device": signer.id}
    return signer


def export(signer: Signer, server: dict[str, str], commands: list[dict[str, Any]], photos: list[bytes] = [], **head: Any) -> bytes:  # noqa: B006
    """A file as a phone writes it. server: what the pack says of the key it is for."""
    once = ec.generate_private_key(ec.SECP256R1())
    theirs = load_der_public_key(base64.urlsafe_b64decode(server["key"] + "=="))
    assert isinstance(theirs, ec.EllipticCurvePublicKey)
    salt = f"{spki(once)}.{server['key']}".encode()
    cipher = AESGCM(HKDF(hashes.SHA256(), 32, salt, b"dugai-export/2").derive(once.exchange(ec.ECDH(), theirs)))
    said = {"format": "dugai-export/2", "server": server["id"], "device": signer.id, "key": spki(once), **head}
    line = json.dumps(said, separators=(",", ":")).encode() + b"\n"
    chain, written = hashlib.sha256(line).digest(), [line]
    plains = [json.dumps({"photo": hashlib.sha256(photo).hexdigest()}).encode() + b"\n" + photo for photo in photos]
    plains += [msgspec.json.encode({"command": command}) + b"\n" for command in commands]
    for number, plain in enumerate(plains):
        sealed = cipher.encrypt(number.to_bytes(12), plain, None)
        chain = hashlib.sha256(chain + hashlib.sha256(sealed).digest()).digest()
        written += [len(sealed).to_bytes(4), sealed]
    return b"".join([*written, bytes(4), signer.sign(b"dugai-export/2\n" + chain)])
