"""Words that a person must write: nothing that was typed or pasted is cut."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _


class WordsField(forms.CharField):
    """A text of at most `limit` characters, in a box of some rows. A longer one is refused in words with its length.

    Not CharField's own `max_length`: its attribute makes the browser cut what is pasted, without a word.
    """

    def __init__(self, *, limit: int, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("最多 %d 个字。") % limit)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)
        words = _("请不要超过 %(limit_value)d 个字（现在 %(show_value)d 个），请删减。")
        self.validators.append(MaxLengthValidator(limit, words))
