"""The second factor: binding an authenticator, checking its codes, recovery codes, and the reset by two others."""

from __future__ import annotations

import secrets
from binascii import unhexlify
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_otp import DEVICE_ID_SESSION_KEY, login
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from accounts.enums import Resource, SessionEnd, Verb
from accounts.models import SecondFactorRecovery, User
from accounts.permissions import has_factor, may, must_have_factor
from accounts.rules import in_groups, is_recovery_code, is_totp_code, typed_code, waiting_time
from accounts.services.independence import given_password_fault, same_hand_fault
from accounts.services.logins import BEGUN, NONCE, finish_session
from accounts.services.sessions import end_sessions
from audit.errors import Conflict
from audit.services import record

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest
    from django_otp.models import Device

RECOVERY_CODES = 10
_ALPHABET, _CODE_LENGTH = "abcdefghjkmnpqrstuvwxyz23456789", 12
_STORED_LENGTH = 16  # width of django-otp's column
_PENDING_KEY = "second_factor_pending_key"
_TOLERANCE = 1  # steps of 30 seconds, either side


class CodeCheck(NamedTuple):
    """The device that accepted a code, or why none did, in words."""

    device: Device | None
    fault: str


class Enrolment(NamedTuple):
    """What binding gave: the device and its recovery codes, shown once; or the faults by field."""

    device: Device | None
    codes: list[str]
    faults: dict[str, str]


# --- The person's own ------------------------------------------------------------------------------------------


def pending_device(request: HttpRequest) -> TOTPDevice:
    """An unsaved device with the key this session is about to bind.

    The key lies in the session, not in the account: whoever else saw a key by logging in earlier cannot have his bound.
    """
    if _PENDING_KEY not in request.session:
        request.session[_PENDING_KEY] = default_key()
    return TOTPDevice(user=request.user, key=request.session[_PENDING_KEY])


def verified_by(request: HttpRequest, device: Device) -> None:
    """Remember in the session which device proved the person; the flag dies with the session or the device.

    A login that waited for this becomes the account's one session: the earlier one ends now (`finish_session`).
    """
    begun = request.session.get(BEGUN)
    if begun is not None:
        request.session[NONCE] = finish_session(user=cast("User", request.user), begun=begun)
        del request.session[BEGUN]
    request.session.pop(_PENDING_KEY, None)
    login(request, device)


def forget_verification(sender: Any, request: HttpRequest | None, **kwargs: Any) -> None:
    """Receiver of `user_logged_in`: a login in a session that was verified before asks for the factor again."""
    for key in (DEVICE_ID_SESSION_KEY, _PENDING_KEY):
        if request is not None:
            request.session.pop(key, None)


@transaction.atomic
def check_code(*, user: User, typed: str) -> CodeCheck:
    """Check what a person typed: the authenticator's 6 digits, or one recovery code, which is used up by it.

    Faults come back as a sentence and are not raised, because a wrong code must be remembered: each one doubles the
    wait until the next is looked at. Records `account.factor_failed` for a code that was looked at and wrong (so never
    more than once a waiting step), `account.factor_code_used` for a recovery code.
    """
    code = typed_code(typed)
    by_totp = is_totp_code(code)
    if not by_totp and not is_recovery_code(code):
        return CodeCheck(None, _("请输入手机上显示的 6 位动态口令，或一个 12 位恢复码。"))
    model = TOTPDevice if by_totp else StaticDevice
    device = model.objects.select_for_update().filter(user_id=user.pk, confirmed=True).first()
    if device is None:
        return CodeCheck(None, _("这个账号没有绑定动态口令。"))
    allowed, facts = device.verify_is_allowed()
    if not allowed:
        return CodeCheck(None, _("输错次数过多，请在 %s后再试。") % _wait_until(facts["locked_until"]))
    if device.verify_token(code if by_totp else _stored(device, code)):
        if not by_totp:
            _record("account.factor_code_used", user, user, left=device.token_set.count())
        return CodeCheck(device, "")
    _record("account.factor_failed", user, user, kind="totp" if by_totp else "recovery_code")
    _allowed, facts = device.verify_is_allowed()
    wait = _wait_until(facts["locked_until"]) if facts else waiting_time(1)
    if by_totp:
        return CodeCheck(None, _("口令不对，或已经用过。请等手机显示下一个口令，%s后再试。") % wait)
    return CodeCheck(None, _("恢复码不对，或已经用过。请核对后在 %s后再试。") % wait)


@transaction.atomic
def enrol(*, device: TOTPDevice, typed: str, old: str = "") -> Enrolment:
    """Bind the authenticator whose first code was typed, in place of the old one if there is one.

    `device` comes from `pending_device`; `old` is a code of the one that is replaced, or a recovery code. Gives ten new
    recovery codes. The code typed here is used up. Records `account.factor_enrolled`.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=device.user_id)
    replaces, code = has_factor(user), typed_code(typed)
    totp = TOTP(unhexlify(device.key))
    faults = {}
    if not is_totp_code(code):
        faults["code"] = _("请输入手机上显示的 6 位动态口令。")
    elif not totp.verify(int(code), tolerance=_TOLERANCE):
        faults["code"] = _("口令不对。请核对手机的时间是否准确，等下一个口令出现后再输入。")
    elif replaces and not (check := check_code(user=user, typed=old)).device:
        faults["old"] = check.fault
    if faults:
        return Enrolment(None, [], faults)
    TOTPDevice.objects.filter(user=user).delete()
    device = TOTPDevice.objects.create(
        user=user, name="动态口令", key=device.key, confirmed=True, drift=totp.drift, last_t=totp.t()
    )
    codes = _new_codes(user)
    _record("account.factor_enrolled", user, user, replaced=replaces)
    return Enrolment(device, codes, {})


@transaction.atomic
def renew_codes(*, user: User, typed: str) -> Enrolment:
    """Replace the recovery codes against a fresh code. Records `account.factor_codes_renewed`."""
    check = check_code(user=user, typed=typed)
    if check.device is None:
        return Enrolment(None, [], {"code": check.fault})
    codes = _new_codes(user)
    _record("account.factor_codes_renewed", user, user)
    return Enrolment(check.device, codes, {})


@transaction.atomic
def remove_factor(*, user: User, typed: str) -> str:
    """Unbind against a fresh code, where the person may work without. Returns the fault in words, empty when done.

    Records `account.factor_removed`.
    """
    if must_have_factor(user):
        return _("您的角色必须使用动态口令，不能解除；换手机请用“更换手机”。")
    check = check_code(user=user, typed=typed)
    if check.device is None:
        return check.fault
    _delete_devices(user)
    _record("account.factor_removed", user, user)
    return ""


def codes_left(user: User) -> int:
    """How many recovery codes have not been used."""
    return StaticToken.objects.filter(device__user_id=user.pk).count()


# --- Recovery by two others ------------------------------------------------------------------------------------


@transaction.atomic
def ask_recovery(*, user: User, reason: str, actor: User) -> SecondFactorRecovery:
    """Ask that a person's lost factor be reset; it happens when a third person confirms.

    Records `account.factor_recovery_asked`. Raises PermissionDenied without the right, ValidationError with every fault
    at its field.
    """
    _require_right(actor)
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    found = {"account": _recovery_fault(user, actor), "reason": "" if reason.strip() else _("请写明原因。")}
    faults = {field: [fault] for field, fault in found.items() if fault}
    if faults:
        raise ValidationError(faults)
    recovery = SecondFactorRecovery(user=user, reason=reason.strip(), asked_by_id=actor.pk)
    recovery.full_clean()
    recovery.save()
    _record("account.factor_recovery_asked", user, actor, reason=recovery.reason)
    return recovery


@transaction.atomic
def confirm_recovery(*, recovery: SecondFactorRecovery, actor: User) -> None:
    """Reset: delete the person's devices and codes and end every session.

    Records `account.factor_reset`. Raises PermissionDenied without the right, ValidationError for the asker, the person
    concerned, a person who has nothing to reset and two who are one hand (`independence`), Conflict when it is no
    longer open.
    """
    _require_right(actor)
    recovery = _locked_open(recovery)
    if actor.pk == recovery.asked_by_id:
        raise ValidationError(_("发起人不能确认自己发起的重置，请由另一人确认。"))
    user = User.objects.select_for_update(no_key=True).get(pk=recovery.user_id)
    asker = recovery.asked_by
    fault = _person_fault(user, actor) or given_password_fault(user, asker, actor) or same_hand_fault(asker, actor)
    if fault:
        raise ValidationError(fault)
    recovery.confirmed_by_id, recovery.confirmed_at = actor.pk, timezone.now()
    recovery.save(update_fields=["confirmed_by", "confirmed_at"])
    _delete_devices(user)
    end_sessions(user=user, because=SessionEnd.FACTOR_RESET)
    _record("account.factor_reset", user, actor, asked_by=asker.username, reason=recovery.reason)


@transaction.atomic
def cancel_recovery(*, recovery: SecondFactorRecovery, actor: User) -> None:
    """Take an open recovery back; any holder of the right may. Records `account.factor_recovery_cancelled`.

    Raises PermissionDenied without the right, Conflict when it is no longer open.
    """
    _require_right(actor)
    recovery = _locked_open(recovery)
    recovery.cancelled_at = timezone.now()
    recovery.save(update_fields=["cancelled_at"])
    _record("account.factor_recovery_cancelled", recovery.user, actor)


def _require_right(actor: User) -> None:
    if not may(actor, Resource.SECOND_FACTOR, Verb.RECOVER):
        raise PermissionDenied


def _locked_open(recovery: SecondFactorRecovery) -> SecondFactorRecovery:
    locked = SecondFactorRecovery.objects.select_for_update().get(pk=recovery.pk)
    if locked.confirmed_at:
        raise Conflict(_("这项重置已由另一人确认，请刷新页面查看。"))
    if locked.cancelled_at:
        raise Conflict(_("这项重置已经取消，请刷新页面查看。"))
    return locked


def _recovery_fault(user: User, actor: User) -> str:
    is_open = user.recoveries.filter(confirmed_at=None, cancelled_at=None).exists()
    open_fault = _("这个账号已有一项待确认的重置。") if is_open else ""
    return _person_fault(user, actor) or open_fault or given_password_fault(user, actor)


def _person_fault(user: User, actor: User) -> str:
    if user.pk == actor.pk:
        return _("不能重置自己的动态口令，须由另外两人发起和确认。")
    if not user.is_active:
        return _("这个账号已停用，不需要重置动态口令；请先启用账号。")
    return "" if has_factor(user) else _("这个账号没有绑定动态口令，不需要重置。")


# --- Inside ----------------------------------------------------------------------------------------------------


def _new_codes(user: User) -> list[str]:
    device, _created = StaticDevice.objects.get_or_create(user=user, confirmed=True, defaults={"name": "恢复码"})
    device.token_set.all().delete()
    codes = ["".join(secrets.choice(_ALPHABET) for _place in range(_CODE_LENGTH)) for _code in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_stored(device, code)) for code in codes)
    return [in_groups(code) for code in codes]


def _stored(device: StaticDevice, code: str) -> str:
    """What the database keeps of a recovery code: worthless without the server's secret key."""
    return salted_hmac("accounts.recovery_code", f"{device.pk}:{code}", algorithm="sha256").hexdigest()[:_STORED_LENGTH]


def _delete_devices(user: User) -> None:
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def _wait_until(moment: datetime) -> str:
    return waiting_time((moment - timezone.now()).total_seconds())


def _record(action: str, user: User, actor: User, **payload: Any) -> None:
    units = set(user.assignments.values_list("department__code", flat=True))
    record(
        action=action,
        actor=actor,
        department_code=units.pop() if len(units) == 1 else "",
        object_type="accounts.user",
        object_id=user.pk,
        object_label=f"{user.username}（{user.holder_name}）",
        payload={"username": user.username, **payload},
    )
