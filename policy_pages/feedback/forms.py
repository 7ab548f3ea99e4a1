"""The visitor's form, and those of the back office."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.conf import settings
from django.core import signing
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.forms.texts import WordsField
from accounts.models import Department
from policy_pages.enums import CorrectionKind, CorrectionOutcome
from policy_pages.feedback import rules

if TYPE_CHECKING:
    from policy_pages.models import CorrectionTicket

_SALT = "policy_pages.feedback.form"


class Stamp(NamedTuple):
    """What a stamp says: seconds since the form was handed out, and whether to the network that sends it."""

    age: float
    is_of_network: bool


def new_stamp(address: str) -> str:
    """The instant at which the form is handed out and a keyed hash of the network it goes to, signed.

    What comes back without it, or too soon, no person has filled in. From another network it is worth nothing: who sends from
    many must fetch a form and wait in each. Nothing is stored.
    """
    return signing.dumps([timezone.now().timestamp(), _network(address)], salt=_SALT)


def read_stamp(stamp: str, address: str) -> Stamp | None:
    """What a stamp that comes from an address says; None for one that is not ours."""
    try:
        at, network = signing.loads(stamp, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError):  # signed, but by an older version
        return None
    return Stamp(timezone.now().timestamp() - at, network == _network(address))


def _network(address: str) -> str:
    """Under another key than the hash that a report keeps: the two do not tell of each other."""
    return salted_hmac(_SALT, rules.network_of(address), algorithm="sha256").hexdigest()


class ShortField(forms.CharField):
    """One line of at most `limit` characters; a longer one is refused in words, not cut by the browser."""

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        words = _("请不要超过 %(limit_value)d 个字（现在 %(show_value)d 个），请删减。")
        self.validators.append(MaxLengthValidator(limit, words))


class CorrectionForm(forms.Form):
    """What a visitor found wrong. `page` is the page's address, hidden where it is known already.

    `address` is where what was sent comes from.
    """

    use_required_attribute = False

    page = ShortField(
        label=_("哪个页面"),
        limit=2 * rules.PATH_LIMIT,
        required=False,
        help_text=_("从浏览器地址栏复制过来；说的是整个网站的，不用填。"),
    )
    kind = forms.ChoiceField(
        label=_("哪一类问题"),
        choices=CorrectionKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择是哪一类问题。"), "invalid_choice": _("请从列出的几类中选择一类。")},
    )
    text = WordsField(
        label=_("问题是什么"),
        limit=rules.TEXT_LIMIT,
        rows=6,
        help_text=_("写明现在是什么、应当是什么，不超过 1000 个字。请不要在这里写身份证号、联系方式等个人信息。"),
        error_messages={"required": _("请写明问题是什么。")},
    )
    place = ShortField(
        label=_("在页面的什么位置（可不填）"),
        limit=rules.PLACE_LIMIT,
        required=False,
        help_text=_("例如：申报材料第 3 项，第十条第二款。"),
    )
    contact = ShortField(
        label=_("联系方式（可不填）"),
        limit=rules.CONTACT_LIMIT,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    #: No person sees this field; a program fills in what it finds.
    website = forms.CharField(label=_("请不要填写这一栏"), required=False)
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address
        words = _("电话或电子邮箱，只用来就这件事联系您，只有负责答复的单位看得到，答复 %d 天后删除。")
        self.fields["contact"].help_text = words % settings.HUIQITONG_CORRECTION_CONTACT_DAYS

    def clean_page(self) -> str:
        """The path of the page; the home page where none was named."""
        typed = self.cleaned_data["page"]
        path = rules.read_path(typed) if typed else "/"
        if not path:
            raise forms.ValidationError(_("这不是网页地址，请从浏览器地址栏复制；说不清是哪一页的，可以不填。"))
        return path

    def clean_contact(self) -> str:
        """A telephone number or a mail address."""
        contact = unicodedata.normalize("NFKC", self.cleaned_data["contact"])
        if contact and not rules.is_contact(contact):
            raise forms.ValidationError(_("请填写一个电话号码或电子邮箱；不需要回复的，可以不填。"))
        return contact

    def clean_website(self) -> str:
        """Nobody fills this in who reads what is written beside it."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("“请不要填写这一栏”里有内容，请清空后再提交；可能是浏览器自动填写的。"))
        return ""

    def clean_stamp(self) -> str:
        """A form that is ours and went to this network, neither filled in faster than anybody can nor a day old."""
        stamp = read_stamp(self.cleaned_data["stamp"], self.address)
        if stamp is None or rules.is_too_old(stamp.age):
            raise forms.ValidationError(
                _("这个页面打开已超过一天，或者没有完整打开；请核对内容，过几秒钟再提交一次。"), code="old"
            )
        if not stamp.is_of_network:
            words = _("您的网络在填写时换了（手机上网常有），填写的内容都还在；请过几秒钟再按一次“提交”。")
            raise forms.ValidationError(words, code="moved")
        if rules.is_too_fast(stamp.age):
            raise forms.ValidationError(_("提交得太快了，请核对内容，过几秒钟再提交。"), code="fast")
        return ""

    def faults(self) -> list[tuple[str, str]]:
        """Each fault with the id of the field it stands at, in the order of the fields; those of the form lead to its end."""
        found = []
        for name, errors in sorted(self.errors.items(), key=lambda item: list(self.fields).index(item[0])):
            field = self[name]
            # The first of several buttons is the one that can take the focus.
            target = f"{field.auto_id}_0" if name == "kind" else "send" if field.is_hidden else field.auto_id
            found += [(target, str(error)) for error in errors]
        return found


class TakeForm(forms.Form):
    """Nothing is asked."""


class AnswerForm(forms.Form):
    """The unit's answer."""

    outcome = forms.ChoiceField(
        label=_("处理结果"),
        choices=[("", _("请选择")), *CorrectionOutcome.choices],
        error_messages={"required": _("请选择处理结果。"), "invalid_choice": _("请选择处理结果。")},
    )
    answer = WordsField(
        label=_("答复"),
        limit=rules.ANSWER_LIMIT,
        rows=6,
        help_text=_("最多 1000 个字。反映人凭回执号能看到：核实的情况，改了什么；转其他单位的，写明转给哪个单位。"),
        error_messages={"required": _("请写明答复：核实的情况，改了什么。")},
    )


class SupplementForm(forms.Form):
    """What is added to an answer."""

    supplement = WordsField(
        label=_("补充答复"),
        limit=rules.ANSWER_LIMIT,
        rows=4,
        help_text=_("最多 1000 个字，只能补充一次；原答复不变。"),
        error_messages={"required": _("请写明要补充或更正的内容。")},
    )


class ReassignForm(forms.Form):
    """Another unit, and why."""

    department = forms.ModelChoiceField(
        label=_("转给"),
        queryset=Department.objects.none(),
        empty_label=_("请选择单位"),
        error_messages={"required": _("请选择单位。"), "invalid_choice": _("请选择单位。")},
    )
    reason = WordsField(
        label=_("理由"),
        limit=rules.REASON_LIMIT,
        help_text=_("最多 500 个字。答复期限不变，理由记入历史。"),
        error_messages={"required": _("请写明转办理由。")},
    )

    def __init__(self, *args: Any, ticket: CorrectionTicket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Department.objects.filter(is_active=True).exclude(pk=ticket.department_id)
        self.fields["department"].queryset = others  # type: ignore[attr-defined]
