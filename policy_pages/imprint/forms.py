"""The form of the site's facts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from policy_pages.imprint.services import LABELS

_HELP = {
    "name": _("留空显示“惠企通”。"),
    "id_code": _("10 位数字，由上级主管部门分配。"),
    "phone": _("网站本身的联系电话；各事项的咨询电话在申报指南中填写。"),
    "icp_number": _("例如：苏ICP备12345678号-1"),
    "psb_number": _("例如：苏公网安备32020002000001号"),
    "psb_url": _("点击公安备案号打开的地址。"),
    "notice": _("最多 300 个字，显示在页脚。"),
    "find_error_url": _("国务院办公厅“我为政府网站找错”平台上本网站的地址，带网站标识码。"),
}


class ProfileForm(forms.Form):
    """Every fact as text; the service judges, so that all faults are told at once."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            widget = forms.Textarea(attrs={"rows": 3}) if name == "notice" else forms.TextInput()
            self.fields[name] = forms.CharField(
                label=label, required=False, widget=widget, help_text=_HELP.get(name, "")
            )
