"""Words in the two languages of the product, side by side so that neither can be forgotten."""

from collections.abc import Callable
from typing import Literal

import msgspec

Lang = Literal["zh", "en"]


class Words(msgspec.Struct, frozen=True):
    zh: str
    en: str

    def into(self, lang: str, **facts: object) -> str:
        """The text in the reader's language, its {slots} filled with the facts; a fact that is Words speaks that language too."""
        text = self.en if lang == "en" else self.zh
        said = {name: fact.into(lang) if isinstance(fact, Words) else fact for name, fact in facts.items()}
        return text.format_map(_Facts(said)) if facts else text

    def filled(self, **facts: object) -> "Words":
        """Both languages with their {slots} filled."""
        return Words(self.into("zh", **facts), self.into("en", **facts)) if facts else self


def speaking(lang: str) -> Callable[[str, str], str]:
    """t("中文", "English"): what templates and papers say in this language."""

    def t(zh: str, en: str) -> str:
        return en if lang == "en" else zh

    return t


class _Facts(dict[str, object]):
    """A slot nobody filled shows as it is: a missing fact must not turn a refusal into a crash."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
