"""Texts that nobody types, for the search: quotes, operators, emoji, endless ones, broken ones."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECES = (
    *("'", '"', "''", '"\'"', "`", "\\", "/", "*", "%", "_", "(", ")", "((", "))", "{", "}", "[", "]", ":", ";", "--"),
    *(
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "NEAR/3",
        "^",
        "-",
        "+",
        "~",
        "|",
        "&",
        "!",
        "<->",
        ":*",
        "<script>",
        "{{",
        "{%",
        "$$",
    ),
    *(
        "😀",
        "👨‍👩‍👧",
        "🈶",
        "\0",
        "\x01",
        "\x1f",
        "\x7f",
        "\ud800",
        "\udfff",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\ue000",
    ),
    *(
        "\ue000jj",
        "\uffff",
        "\U0010ffff",
        "\u0301",
        "ﷺ",
        "ß",
        "İ",
        "ı",
        "ﬁ",
        "½",
        "①",
        "％",
        "０",
        "ＡＮＤ",
        "\n",
        "\r",
        "\t",
        "　",
    ),
    *(
        "〔2024〕",
        "[2024]5号",
        "锡政规﹝2024",
        "2024年",
        "第3号",
        "999999999999号",
        "补贴",
        "貸款",
        "贴息",
        "怎么",
        "不",
        "请",
        "的",
    ),
    *("jjkc", "gtgsh", "x", "ai", "5g", "企业", "企", "𠮷", "𰻝", "々", "〇", "龘", " ", " ", "  "),
)


def noise(number: int, seed: int) -> Iterator[str]:
    """So many texts, the same for a seed; one in fifty has 10,000 characters."""
    dice = random.Random(seed)
    for place in range(number):
        kind = dice.randrange(4)
        if place % 50 == 49:
            yield "".join(dice.choice(_PIECES) for _ in range(10_000))[:10_000]
        elif kind == 0:
            yield "".join(
                chr(dice.choice((dice.randrange(0x250), dice.randrange(0x110000)))) for _ in range(dice.randrange(40))
            )
        elif kind == 1:
            yield "".join(chr(dice.randrange(0x4E00, 0x9FFF)) for _ in range(dice.randrange(1, 200)))
        else:
            yield "".join(dice.choice(_PIECES) for _ in range(dice.randrange(1, 15)))
