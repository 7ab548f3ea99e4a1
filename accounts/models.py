"""People, departments, and who may do what in which department."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """An allotted account of one named person (A15); `username` is the code the bureau allotted."""

    holder_name = models.CharField("使用人姓名", max_length=60, blank=True)
    phone = models.CharField("联系电话", max_length=40, blank=True, help_text="仅供审批局联系使用人，不对外公开。")
    must_change_password = models.BooleanField("首次登录须改密码", default=False)

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """Name of the holder, else the account's code."""
        return self.holder_name or self.username
