"""Bring groups and grants in line with the assignments, or say where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services import permission_drift, sync_permissions

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """`manage.py sync_permissions [--check]`."""

    help = "按任职写入组、对象、页面和附件权限；--check 只比较，不一致时以 1 退出。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --check."""
        parser.add_argument("--check", action="store_true", help="只比较，不写入")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Sync and record what was repaired, or print the drift and fail."""
        drift = permission_drift() if check else sync_permissions()
        for line in drift:
            self.stdout.write(line)
        if check and drift:
            raise CommandError(f"权限与任职不一致：{len(drift)} 处。运行 manage.py sync_permissions 改正。")
        self.stdout.write("权限与任职一致。")
