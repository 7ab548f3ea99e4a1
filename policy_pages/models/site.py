"""网站信息: what 国办发〔2017〕47号 asks of the foot of a government site."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SiteProfile(models.Model):
    """The one row of facts about the site and who runs it. Written by `policy_pages.imprint.services.save_profile` only.

    Who changed what is told by the event chain (`site.changed`). What is empty is not shown.
    """

    ROW = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ROW, editable=False)
    name = models.CharField(_("网站名称"), max_length=60, blank=True)
    id_code = models.CharField(_("网站标识码"), max_length=10, blank=True)
    icp_number = models.CharField(_("ICP 备案号"), max_length=40, blank=True)
    psb_number = models.CharField(_("公安备案号"), max_length=40, blank=True)
    psb_url = models.URLField(_("公安备案查询地址"), blank=True)
    host_unit = models.CharField(_("主办单位"), max_length=60, blank=True)
    phone = models.CharField(_("联系电话"), max_length=40, blank=True)
    address = models.CharField(_("联系地址"), max_length=120, blank=True)
    postcode = models.CharField(_("邮政编码"), max_length=6, blank=True)
    notice = models.CharField(_("版权或声明"), max_length=300, blank=True)
    find_error_url = models.URLField(_("“我为政府网站找错”地址"), blank=True)
    changed_at = models.DateTimeField(_("更改时间"), null=True, editable=False)

    class Meta:
        verbose_name = _("网站信息")
        verbose_name_plural = _("网站信息")
        default_permissions = ("view",)
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="policy_pages_one_site_profile"),)

    def __str__(self) -> str:
        return self.name or str(self._meta.verbose_name)
