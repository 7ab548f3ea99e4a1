"""Kept public pages: set the link right, tidy up, make pages before they are asked for, or make all anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application
from django.db import transaction

from policy_pages.baking.epoch import code_mark, mark
from policy_pages.baking.folder import kept_folder
from policy_pages.baking.rules import code_of
from policy_pages.baking.services import keep_house
from policy_pages.baking.warming import hottest, warm
from policy_pages.baking.watch import after_commit
from policy_pages.baking.wsgi import BakedApplication

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """`manage.py bake [--warm [--pages N]] [--anew]`."""

    help = "维护公开页面的静态副本：校正指向、清理旧副本；--warm 预先生成常看的页面；--anew 让全部页面重新生成。可反复运行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what is to be done beside tidying up."""
        parser.add_argument("--warm", action="store_true", help="预先生成访问最多的页面（含繁体、长者模式）")
        parser.add_argument("--pages", type=int, default=200, help="预先生成多少个页面，默认 200；每个有四种版本")
        parser.add_argument("--anew", action="store_true", help="绕过系统直接改动数据库之后：让所有副本失效")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say what stands. Raises CommandError where no pages are kept, or the link cannot be set."""
        folder = kept_folder()
        if folder is None:
            raise CommandError("没有设置可用的 HUIQITONG_BAKE_DIR，公开页面不保存副本，无需维护。")
        if options["pages"] < 1:
            raise CommandError("--pages 请填 1 以上的整数，例如 --pages 200。")
        if options["anew"]:
            with transaction.atomic():
                mark()
                transaction.on_commit(after_commit)
        epoch, gone = keep_house()
        if not epoch:
            raise CommandError(f"副本的指向无法写入：{folder.link}。页面照常显示，只是较慢；请检查磁盘空间和目录权限。")
        self.stdout.write(f"当前副本：{epoch}；清理了 {gone} 个旧目录。")
        if options["warm"]:
            # Pages of other code or settings would be set in place of those that are served.
            if code_of(epoch) not in {code_mark(), "0"}:
                raise CommandError(
                    "正在服务的是另一份代码或设置，没有预先生成。请先重启网站，并用与网站进程相同的环境变量运行本命令"
                    "（例如 HUIQITONG_BASE_URL、DJANGO_SETTINGS_MODULE）。"
                )
            began = time.monotonic()
            application = BakedApplication(get_wsgi_application(), folder)
            made = warm(application, hottest(options["pages"]))
            application.follower.stop()
            self.stdout.write(f"预先生成了 {made} 份页面（每个页面四种版本），用时 {time.monotonic() - began:.1f} 秒。")
