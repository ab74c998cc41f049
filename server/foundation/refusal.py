"""Every "no" the product can say: a code for programs, words and a remedy for people."""

import msgspec

from server.foundation.words import Words


class Entry(msgspec.Struct, frozen=True):
    status: int
    words: Words
    remedy: Words


CATALOGUE: dict[str, Entry] = {}


class Refusal(Exception):
    """Something was asked that is not done, and nothing of it was kept.

    `facts` fill the slots of the catalogue's words; `field` names the input that must change.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts, self.field = code, facts, ""
        self.entry = CATALOGUE[code]

    def at(self, field: str) -> "Refusal":
        """The same refusal, pointing at one field of the form or payload."""
        self.field = field
        return self

    @property
    def words(self) -> Words:
        return self.entry.words.filled(**self.facts)

    @property
    def remedy(self) -> Words:
        return self.entry.remedy.filled(**self.facts)

    def as_json(self) -> dict[str, object]:
        """What travels to a phone: {code, words:{zh,en}, remedy:{zh,en}, field}."""
        return {
            "code": self.code,
            "words": msgspec.to_builtins(self.words),
            "remedy": msgspec.to_builtins(self.remedy),
            "field": self.field,
        }


def declare(entries: dict[str, Entry]) -> None:
    """Add a wing's refusals to the catalogue. A code means one thing: a second meaning stops the start-up."""
    for code, entry in entries.items():
        if CATALOGUE.setdefault(code, entry) != entry:
            raise ValueError(f"refusal {code} is declared twice")


def no(status: int, zh: str, en: str, remedy_zh: str, remedy_en: str) -> Entry:
    """One line of the catalogue."""
    return Entry(status, Words(zh, en), Words(remedy_zh, remedy_en))


declare(
    {
        "not_found": no(
            404, "没有找到，或不在您的管辖范围内", "Not found, or not within your places",
            "请返回列表重新选择", "Go back to the list and choose again",
        ),
        "not_allowed": no(
            403, "您的角色不能办理这一步", "Your role cannot take this step",
            "请由有权限的同事办理", "Ask a colleague whose role allows it",
        ),
        "sign_in": no(401, "登录已过期", "You are signed out", "请重新登录，已填的内容不会丢", "Sign in again; what you wrote is kept"),
        "input.invalid": no(
            422, "填写的内容读不懂：{reason}", "This could not be read: {reason}",
            "请按提示改正后再提交", "Correct it and submit again",
        ),
        "input.too_large": no(413, "内容太大", "This is too large", "请减少内容或分几次提交", "Send less at a time"),
        "cross_site": no(
            403, "请求不是从本系统页面发出的", "The request did not come from our own pages",
            "请刷新页面后再提交", "Reload the page and submit again",
        ),
        "command.unknown": no(
            422, "服务器不认识这一操作：{kind}", "The server does not know this act: {kind}",
            "请更新应用后重试，原记录仍在本机", "Update the app and retry; the original stays on your device",
        ),
        "command.differs": no(
            409, "同一编号已收到过不同的内容", "Other content has already arrived under this id",
            "先收到的已保存；如需更正，请在记录页面更正", "What came first is kept; amend it on its page",
        ),
        "command.clock": no(
            422, "设备时间不可信：{at}", "The device's clock cannot be right: {at}",
            "请校准手机时间后重传，原记录仍在本机", "Set the phone's clock and resend; the original stays on your device",
        ),
        "author.differs": no(
            403, "这条记录是另一位同事写的", "This was written by another person",
            "请由作者本人登录后上传", "Its author must sign in and send it",
        ),
        "busy": no(503, "服务器正忙", "The server is busy", "内容未丢，请稍后重试", "Nothing is lost; retry shortly"),
        "broken": no(
            500, "服务器出了差错，这一步没有完成", "Something broke on the server; this step was not done",
            "请稍后重试；若反复出现，请把编号 {request} 告诉管理员", "Retry later; if it repeats, tell your administrator {request}",
        ),
    }
)
