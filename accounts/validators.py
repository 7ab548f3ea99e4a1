"""Django's password validators over our rules: the profile in force decides at run time (decisions/0009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.rules import character_classes, is_favourite
from accounts.services.passwords import password_profile

if TYPE_CHECKING:
    from accounts.models import User


class ProfileValidator:
    """Length and classes of characters."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError with everything the profile misses in it."""
        profile, faults = password_profile(), []
        if len(password) < profile.length:
            faults.append(
                _("密码太短：现在是 %(given)s 位，至少要 %(least)s 位。")
                % {"given": len(password), "least": profile.length}
            )
        if character_classes(password) < profile.classes:
            faults.append(
                _("密码过于单一：大写字母、小写字母、数字、符号这四类中，至少要有 %(least)s 类。")
                % {"least": profile.classes}
            )
        if faults:
            raise ValidationError(faults)

    def get_help_text(self) -> str:
        """What the page says beforehand."""
        profile = password_profile()
        text = _("至少 %(least)s 位") % {"least": profile.length}
        if profile.classes:
            text += _("，大写字母、小写字母、数字、符号四类中至少 %(least)s 类") % {"least": profile.classes}
        if profile.renewed_after:
            text += _("；每 %(days)s 天须更换一次") % {"days": profile.renewed_after}
        return text + "。"


class FavouriteValidator:
    """What everybody tries first in a Chinese office."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError when little else is left of the password."""
        own = [user.username, *user.username.split("-"), user.holder_name, user.phone] if user else []
        if is_favourite(password, own):
            raise ValidationError(_("密码由太多人会猜的词、年份或连号组成，请换一个别人想不到的。"))

    def get_help_text(self) -> str:
        """What the page says beforehand."""
        return _("不要用账号、单位名、年份和连号拼成，例如 Wuxi@123456、Admin2026!。")


class HistoryValidator:
    """No password comes again: never the current one, nor the last ones where the profile remembers them."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError when the account has had it."""
        if user is None or user.pk is None:
            return
        if check_password(password, user.password):
            raise ValidationError(_("新密码与现在的密码相同，请换一个。"))
        history = password_profile().history
        former = user.password_records.values_list("password", flat=True)[:history]
        if any(check_password(password, encoded) for encoded in former):
            raise ValidationError(_("最近 %(count)s 次用过的密码不能再用，请换一个。") % {"count": history})

    def get_help_text(self) -> str:
        """What the page says beforehand."""
        history = password_profile().history
        if history:
            return _("不能与最近 %(count)s 次用过的密码相同。") % {"count": history}
        return _("不能与现在的密码相同。")
