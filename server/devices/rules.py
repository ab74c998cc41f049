"""What a device signs and whether it did, and when one is taken out of use: decisions without a database.

The signature is an HTTP Message Signature (RFC 9421) in one fixed form. It holds no time: a phone's clock may stand in 1970, and
a deposit that is played again is the same deposit.
"""

import base64
import binascii
import datetime as dt
import re
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from server.foundation import clock
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

MOST_IN_USE = 20  # of one person: a browser that forgets everything every day enrols anew every day
MOST_ANEW, ANEW_WITHIN = 50, dt.timedelta(days=7)  # of one person, out of use since or not: nobody fills the table, nobody is locked out for good
HEARD_EVERY = dt.timedelta(minutes=5)
KEY = re.compile(r"[A-Za-z0-9_-]{122}")  # SPKI of P-256: 91 bytes
RAW = 64  # r and s, 32 bytes each, as WebCrypto gives them
WHYS = {
    "lost": Words("丢失", "Lost"), "replaced": Words("换了设备", "Replaced"), "unknown": Words("不认识这台设备", "Not known"),
    "many": Words("登记过多，最久没用的自动停用", "Too many: the one unused for longest"),
}  # fmt: skip
CHOSEN = ("lost", "replaced", "unknown")
COVERED = {True: '("@method" "@path" "@query" "content-digest")', False: '("@method" "@path" "@query")'}  # with a body to hash, and without
INPUT = re.compile(r'([a-z][a-z0-9_-]{0,31})=((\([^()]{0,80}\));keyid="([0-9a-f-]{36})";alg="ecdsa-p256-sha256")')
VALUE = re.compile(r"([a-z][a-z0-9_-]{0,31})=:([A-Za-z0-9+/]{86}==):")
DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")

declare(
    {
        "device.signature": no(
            401, "设备签名对不上，没有收", "The device's signature does not fit: nothing was taken",
            "请登录后再传，原记录仍在本机", "Sign in and send again; the original stays on your device",
        ),
        "device.unknown": no(
            401, "服务器不认识这台设备", "The server does not know this device",
            "请登录一次，设备会自动重新登记", "Sign in once: the device enrols itself anew",
        ),
        "device.revoked": no(
            403, "这台设备已停用，它交来的记录要由督导核收", "This device is out of use: what it hands in waits for the supervisor",
            "请联系督导；重新登录后，设备会自动重新登记", "Call your supervisor; once you sign in the device enrols itself anew",
        ),
        "device.taken": no(
            409, "这个设备编号已登记给别的钥匙", "This device id is enrolled with another key", "请换一个编号重新登记", "Enrol again with a new id",
        ),
        "device.key": no(
            422, "设备公钥读不懂：应为 P-256", "The device's public key cannot be read: P-256 is wanted",
            "请重新生成钥匙再登记", "Make a new pair of keys and enrol again",
        ),
        "device.many": no(
            409, "近 7 天登记的设备太多，{on} 起可再登记", "Too many devices were enrolled within 7 days; from {on} on there is room again",
            "仍可登录后上传；不是您登记的，请停用并告诉管理员", "Signed in, sending still works; take out of use what is not yours and tell your administrator",
        ),
        "device.out": no(409, "这台设备已经停用", "This device is out of use already", "无需再办", "Nothing to do"),
        "device.this": no(
            409, "这是您正在用的设备", "This is the device you are using", "请在另一台设备上停用它，或请管理员办理", "Do it on another device, or ask an administrator",
        ),
    }
)  # fmt: skip


def check_rate(enrolled: Sequence[dt.datetime], now: dt.datetime) -> None:
    """Refuses (device.many) one more than MOST_ANEW within ANEW_WITHIN."""
    anew = sorted(at for at in enrolled if at > now - ANEW_WITHIN)
    if len(anew) >= MOST_ANEW:
        raise Refusal("device.many", on=clock.spoken(anew[-MOST_ANEW] + ANEW_WITHIN))


class Claim(msgspec.Struct, frozen=True):
    """What a request says of its own signature. params: the signature's parameters, word for word."""

    device: str
    params: str
    signature: bytes


def claim(given: str, signature: str, has_body: bool) -> Claim:
    """Reads the two headers; refuses (device.signature) whatever is not the one form of docs/sync.md."""
    said, value = INPUT.fullmatch(given), VALUE.fullmatch(signature)
    if not said or not value or said[1] != value[1] or said[3] != COVERED[has_body]:
        raise Refusal("device.signature")
    return Claim(said[4], said[2], base64.b64decode(value[2]))


def digest(header: str) -> bytes:
    """The SHA-256 that Content-Digest announces; device.signature where it announces none."""
    said = DIGEST.fullmatch(header)
    if not said:
        raise Refusal("device.signature")
    return base64.b64decode(said[1])


def signature_base(claim: Claim, method: str, path: str, query: str, content_digest: str = "") -> bytes:
    """What was signed (RFC 9421, 2.5). query: without its question mark; content_digest: the header, where it is covered."""
    lines = [f'"@method": {method}', f'"@path": {path}', f'"@query": ?{query}']
    if content_digest:
        lines.append(f'"content-digest": {content_digest}')
    return "\n".join([*lines, f'"@signature-params": {claim.params}']).encode("latin-1")


def public_key(text: str) -> ec.EllipticCurvePublicKey:
    """The key of SPKI in base64url. Refusal: device.key."""
    if not KEY.fullmatch(text):
        raise Refusal("device.key").at("key")
    try:
        key = load_der_public_key(base64.urlsafe_b64decode(text + "=="))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise Refusal("device.key").at("key") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise Refusal("device.key").at("key")
    return key


def check_signed(key: str, signature: bytes, message: bytes) -> None:
    """Refuses (device.signature) what this key has not signed: ECDSA over SHA-256, r and s side by side."""
    whole = signature if len(signature) == RAW else bytes(RAW)
    numbers = int.from_bytes(whole[:32]), int.from_bytes(whole[32:])
    try:
        public_key(key).verify(encode_dss_signature(*numbers), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refusal("device.signature") from None
