"""Addresses and secrets of robots, sealed with a key that is derived from the server's secret: the database alone opens none of them."""

import base64
import hashlib
import hmac

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.foundation.refusal import Refusal


class Robot(msgspec.Struct, frozen=True):
    address: str
    secret: str = ""


def sealed(secret: str, id: str, robot: Robot) -> str:
    """For the robot with this id only. The same again gives the same, so that a form sent twice is one act: the nonce is made from all of it."""
    key, plain = _key(secret), msgspec.json.encode(robot)
    nonce = hmac.new(key, id.encode() + plain, hashlib.sha256).digest()[:12]
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, id.encode())).decode()


def opened(secret: str, id: str, text: str) -> Robot:
    """Refusal: reminder.key, where it was sealed under another secret."""
    content = base64.b64decode(text)
    try:
        return msgspec.json.decode(AESGCM(_key(secret)).decrypt(content[:12], content[12:], id.encode()), type=Robot)
    except (InvalidTag, ValueError):
        raise Refusal("reminder.key") from None


def _key(secret: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, b"dugai robots").derive(secret.encode())
