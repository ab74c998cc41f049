"""Web Push: a few words encrypted for one browser (RFC 8291), sent under the server's name (VAPID, RFC 8292)."""

import base64
import os
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.foundation.words import Words
from server.reminders.robots import OK, Call, Outcome

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
RECORD = 4096
LIFE = 24 * 3600  # seconds that a push service keeps what it could not deliver: the next day has its own
TOKEN_LIFE = 12 * 3600
GONE = Outcome("no", Words("这个浏览器已不再接收通知", "this browser is not told any more"))


class Browser(msgspec.Struct, frozen=True):
    """Where one browser is told, and its keys, base64url."""

    endpoint: str
    p256dh: str
    auth: str


def private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """The server's pair, the same in every process that shares the secret: RFC 5869 to 48 bytes, taken modulo the order (FIPS 186-5, A.2.1)."""
    made = HKDF(hashes.SHA256(), 48, None, b"dugai web push").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(made) % (ORDER - 1) + 1, ec.SECP256R1())


def public(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The point of its public half, uncompressed: 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_browser(browser: Browser) -> bool:
    """Whether the keys are what RFC 8291 asks for: a point of P-256, and 16 bytes."""
    try:
        _point(browser)
        return len(_bytes(browser.auth)) == 16
    except ValueError:
        return False


def call(secret: str, browser: Browser, plain: bytes, contact: str, now: int) -> Call:
    """contact: whom a push service may write to, an https: address; now: seconds since 1970."""
    key = private_key(secret)
    parts = urlsplit(browser.endpoint)
    token = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now + TOKEN_LIFE, "sub": contact}
    headers = {
        "authorization": f"vapid t={_signed(key, token)}, k={text(public(key))}", "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream", "ttl": str(LIFE), "topic": "reminders",
    }  # fmt: skip
    return Call(browser.endpoint, headers, encrypted(browser, plain, ec.generate_private_key(ec.SECP256R1()), os.urandom(16)))


def encrypted(browser: Browser, plain: bytes, ours: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """RFC 8291, section 4, in one record of RFC 8188. ours, salt: fresh for each message."""
    theirs, mine = _bytes(browser.p256dh), public(ours)
    shared = ours.exchange(ec.ECDH(), _point(browser))
    key = HKDF(hashes.SHA256(), 32, _bytes(browser.auth), b"WebPush: info\0" + theirs + mine).derive(shared)
    secret = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(key)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(key)
    return salt + RECORD.to_bytes(4) + bytes([len(mine)]) + mine + AESGCM(secret).encrypt(nonce, plain + b"\2", None)


def outcome(status: int) -> Outcome:
    """What a push service's answer means."""
    if 200 <= status < 300:
        return OK
    if status in (404, 410):
        return GONE
    if status == 429:
        return Outcome("slow", Words("发得太频繁，被限流", "too many at once"))
    return Outcome("no", Words(f"通知服务没有收下（HTTP {status}）", f"the push service did not take it (HTTP {status})"))


def _signed(key: ec.EllipticCurvePrivateKey, claims: dict[str, object]) -> str:
    """A JSON Web Token under ES256 (RFC 7515): the signature is r and s, 32 bytes each."""
    said = f"{text(msgspec.json.encode({'typ': 'JWT', 'alg': 'ES256'}))}.{text(msgspec.json.encode(claims))}"
    r, s = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{said}.{text(r.to_bytes(32) + s.to_bytes(32))}"


def _point(browser: Browser) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(browser.p256dh))


def text(content: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
