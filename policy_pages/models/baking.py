"""What makes kept pages old."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _


def _salt() -> int:
    return secrets.randbits(40)


class PublicChange(models.Model):
    """One transaction that wrote something public, written by itself (`baking.watch`): the epoch is the sum of them all.

    A row each, never a counter: a counter is one row that every writer waits for, and two that also wait for the head of
    the event chain would wait for each other. `tick` puts old rows together.
    """

    salt = models.BigIntegerField(_("随机数"), default=_salt, help_text=_("使任意两种状态的合计不同。"))
    made_at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("公开内容变动")
        verbose_name_plural = _("公开内容变动")
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.pk}"
