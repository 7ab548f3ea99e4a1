"""What the bureau tells the search about words, and what visitors looked for in vain."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from policy_pages.enums import WordKind
from policy_pages.search import rules

#: A word is no sentence, and a row no dictionary.
WORD_LENGTH = 20
OTHERS = 20
_BETWEEN = re.compile(r"[\s、，,；;/|]+")


class SearchWord(models.Model):
    """A word and the words searched beside it, or a turn of speech that carries nothing. Retired, never deleted.

    Kept in the normal form in which texts are compared (`search.rules.normalise`); `others` between 、.
    """

    kind = models.CharField(_("种类"), max_length=10, choices=WordKind.choices)
    word = models.CharField(
        _("词"), max_length=60, help_text=_("写汉字、字母或数字，不带空格和标点；繁体、全角会自动转换。")
    )
    others = models.CharField(
        _("一并查找的词"),
        max_length=600,
        blank=True,
        help_text=_("同义词：和左边的词互为同义；口语：政策里的说法。几个词之间用顿号隔开。停用语不填。"),
    )
    is_active = models.BooleanField(_("在用"), default=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("搜索用词")
        verbose_name_plural = _("搜索用词")
        ordering = ("kind", "word")
        constraints = (models.UniqueConstraint(fields=["kind", "word"], name="policy_pages_search_word_once"),)

    def __str__(self) -> str:
        return self.word

    @property
    def other_words(self) -> list[str]:
        """The words searched beside it."""
        return [word for word in _BETWEEN.split(self.others) if word]

    def clean(self) -> None:
        """Bring what was typed into the one form; all faults at once, each at its field."""
        self.word = rules.normalise(self.word).strip()
        others = [rules.normalise(word) for word in self.other_words]
        faults = {"word": self._word_faults(), "others": self._other_faults(others)}
        if any(faults.values()):
            raise ValidationError({name: found for name, found in faults.items() if found})
        self.others = "、".join(others)

    def _word_faults(self) -> list[str]:
        found = _shape_faults(self.word)
        rows = SearchWord.objects.exclude(pk=self.pk)
        if rows.filter(kind=self.kind, word=self.word).exists():
            found.append(_t("“%s”已经有一行了，请修改那一行（停用的也算）。") % self.word)
        if self.kind == WordKind.STOP:
            for row in rows.filter(is_active=True).exclude(kind=WordKind.STOP):
                if self.word == row.word or (row.kind == WordKind.EQUAL and self.word in row.other_words):
                    found.append(_t("“%s”是同义词或口语，不能又是停用语。") % self.word)
                    break
        elif rows.filter(is_active=True, kind=WordKind.STOP, word=self.word).exists():
            found.append(_t("“%s”是停用语，不能又有同义的词。") % self.word)
        return found

    def _other_faults(self, others: list[str]) -> list[str]:
        if self.kind == WordKind.STOP:
            return [_t("停用语不带别的词，请留空。")] if others else []
        if not others:
            return [_t("至少写一个一并查找的词。")]
        found = [fault for word in dict.fromkeys(others) for fault in _shape_faults(word)]
        found += [_t("“%s”写了两次。") % word for word in dict.fromkeys(others) if others.count(word) > 1]
        if self.word in others:
            found.append(_t("“%s”不能是它自己的同义词。") % self.word)
        if len(others) > OTHERS:
            found.append(_t("一行最多 %(most)d 个词，现在有 %(number)d 个。") % {"most": OTHERS, "number": len(others)})
        return found + self._elsewhere_faults({self.word, *others})

    def _elsewhere_faults(self, words: set[str]) -> list[str]:
        """A word of two rows of equals would join what nobody meant to join; a stop phrase is never read as a word."""
        if self.kind != WordKind.EQUAL:
            return []
        found = []
        for row in SearchWord.objects.filter(is_active=True).exclude(pk=self.pk).exclude(kind=WordKind.SPOKEN):
            theirs = {row.word, *row.other_words} if row.kind == WordKind.EQUAL else {row.word}
            for word in sorted((words & theirs) - ({self.word} if self.word == row.word else set())):
                found.append(
                    _t("“%(word)s”已在“%(row)s”一行（%(kind)s）里。")
                    % {"word": word, "row": row.word, "kind": row.get_kind_display()}
                )
        return found


class SearchMiss(models.Model):
    """How often a text was looked for on one day in Shanghai and nothing was found. Nothing of who looked for it."""

    text = models.CharField(_("搜索词"), max_length=60)
    day = models.DateField(_("日期"))
    number = models.PositiveIntegerField(_("次数"))

    class Meta:
        verbose_name = _("没有结果的搜索")
        verbose_name_plural = _("没有结果的搜索")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["day", "text"], name="policy_pages_one_miss_a_text_and_day"),)

    def __str__(self) -> str:
        return f"{self.text} {self.day}：{self.number}"


def _shape_faults(word: str) -> list[str]:
    """What keeps a text from being one word of the vocabulary."""
    if rules.runs(word) != [word]:
        return [_t("“%s”不是一个词：只写汉字、字母和数字，不带空格和标点。") % word[:WORD_LENGTH]]
    if len(word) < 2:
        return [_t("“%s”只有一个字：单字会出现在许多别的词里，至少写两个字。") % word]
    if len(word) > WORD_LENGTH:
        return [_t("“%(word)s…”太长：一个词最多 %(most)d 个字。") % {"word": word[:8], "most": WORD_LENGTH}]
    return []
