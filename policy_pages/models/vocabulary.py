"""The bureau's terms: list categories, themes, industries, sizes, life cycle, qualifications, regions (domain §3.6). Edited without code."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from policy_pages.enums import VocabularyCode


class Term(models.Model):
    """One term of one list. A term in use is retired, never deleted."""

    vocabulary = models.CharField(_("词表"), max_length=20, choices=VocabularyCode.choices)
    code = models.SlugField(_("代码"), max_length=40)
    name = models.CharField(_("名称"), max_length=60)
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("在用"), default=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("词条")
        verbose_name_plural = _("词条")
        ordering = ("vocabulary", "position", "code")
        constraints = (models.UniqueConstraint(fields=["vocabulary", "code"], name="policy_pages_term_code_once"),)

    def __str__(self) -> str:
        return self.name
