"""Reading and changing the facts of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Resource, Verb
from accounts.permissions import may
from audit.errors import Conflict
from audit.services import record
from policy_pages.imprint.rules import profile_faults
from policy_pages.models import SiteProfile
from policy_pages.services.prepared import Prepared

if TYPE_CHECKING:
    from accounts.models import User

#: `object_type` under which the profile stands in events.
OBJECT_TYPE = "policy_pages.siteprofile"
#: What may be said, in the order of the form; what each is called and how long it may be.
FIELDS = (
    "name",
    "id_code",
    "host_unit",
    "phone",
    "address",
    "postcode",
    "icp_number",
    "psb_number",
    "psb_url",
    "notice",
    "find_error_url",
)
_COLUMNS: dict[str, Any] = {name: SiteProfile._meta.get_field(name) for name in FIELDS}
LABELS = {name: column.verbose_name for name, column in _COLUMNS.items()}
LIMITS: dict[str, int] = {name: column.max_length for name, column in _COLUMNS.items()}


def current_profile() -> SiteProfile:
    """The profile as it is stored now, an empty one before the first was written. One query; never kept in the process."""
    found: list[SiteProfile] = _PROFILE.rows()
    return found[0] if found else SiteProfile()


_PROFILE = Prepared(lambda: SiteProfile.objects.filter(pk=SiteProfile.ROW))


@transaction.atomic
def save_profile(*, facts: dict[str, str], seen: str, actor: User) -> bool:
    """Change what the facts say otherwise than the profile; return whether anything was changed.

    `seen` is `stamp` of the profile that the actor read. Records `site.changed` with every changed fact before and after.
    Raises PermissionDenied, ValidationError with every fault at its field, Conflict when somebody else changed it meanwhile.
    """
    if not may(actor, Resource.SITE, Verb.WRITE):
        raise PermissionDenied
    told = {name: facts.get(name, "").strip() for name in FIELDS}
    faults = {name: [words] for name, words in profile_faults(told).items()}
    for name, value in told.items():
        if len(value) > LIMITS[name]:
            faults.setdefault(name, []).append(_("请不要超过 %d 个字。") % LIMITS[name])
    if faults:
        raise ValidationError(faults)
    SiteProfile.objects.get_or_create(pk=SiteProfile.ROW)
    profile = SiteProfile.objects.select_for_update().get(pk=SiteProfile.ROW)
    if stamp(profile) != seen:
        raise Conflict(_("网站信息刚刚被别人改动，请刷新页面，看过新内容再改。"))
    changed = [name for name in FIELDS if getattr(profile, name) != told[name]]
    if not changed:
        return False
    before = {name: getattr(profile, name) for name in changed}
    for name in changed:
        setattr(profile, name, told[name])
    profile.changed_at = timezone.now()
    profile.save()
    record(
        action="site.changed",
        actor=actor,
        object_type=OBJECT_TYPE,
        object_id=profile.pk,
        object_label=profile.name,
        payload={"before": before, "after": {name: told[name] for name in changed}},
    )
    return True


def stamp(profile: SiteProfile) -> str:
    """Which state of the profile a form was made from."""
    return profile.changed_at.isoformat() if profile.changed_at else ""
