"""`manage.py audit_digest`: sign where the event chain ends."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from audit.errors import DigestError
from audit.services.digest import as_line, sign_digest, write_digest


class Command(BaseCommand):
    """Writes the signed digest of the chain's head, to be kept outside this machine."""

    help = "签署审计链的链头，写出摘要文件；请把文件保存到系统之外。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Read where to write."""
        parser.add_argument("--out", default="-", metavar="FILE", help="写到哪个文件；- 为标准输出（默认）")

    def handle(self, *args: Any, out: str, **options: Any) -> None:
        """Sign and write; raises CommandError in words."""
        try:
            digest = sign_digest()
        except DigestError as error:
            raise CommandError(str(error)) from error
        if out == "-":
            self.stdout.write(as_line(digest), ending="")
            return
        try:
            write_digest(Path(out), digest)
        except OSError as error:
            raise CommandError(_("摘要文件 %(path)s 写不进去：%(error)s") % {"path": out, "error": error}) from error
        self.stdout.write(_("已签署第 %(seq)d 号事件，写入 %(path)s。") % {"seq": digest["seq"], "path": out})
