"""`manage.py audit_verify`: is the event chain whole?"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from audit.errors import DigestError
from audit.services import verify_chain
from audit.services.inspection import read_digest, verify_since
from audit.services.keys import key_id, trusted_key
from audit.services.records import check_records
from audit.services.twins import check_twins


class Command(BaseCommand):
    """Recomputes the chain; exit status 1 on the first event that is changed, missing or not registered."""

    help = "核验审计事件链，可与此前签署的摘要比对；发现问题时退出码为 1。"
    # It must speak above all when something is wrong.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Read the size of a batch, the digests and the key to hold the chain against."""
        parser.add_argument("--batch", type=int, default=1000, help="每次读取的事件数")
        parser.add_argument(
            "--since-digest", nargs="+", default=[], type=Path, metavar="FILE", help="保存在外的摘要，可以有几份"
        )
        parser.add_argument("--public-key", type=Path, metavar="FILE", help="核验人自己保管的公钥（PEM）")
        parser.add_argument("--logs", action="store_true", help="同时核对每条操作日志都有对应事件")
        parser.add_argument("--records", action="store_true", help="同时核对发布记录、变更登记等各表与审计链一致")

    def handle(
        self,
        *args: Any,
        batch: int,
        since_digest: list[Path],
        public_key: Path | None,
        logs: bool,
        records: bool,
        **options: Any,
    ) -> None:
        """Verify and print; raises CommandError with the problem in words."""
        try:
            trusted = trusted_key(public_key) if public_key else None
            digests = [read_digest(path, trusted=trusted) for path in since_digest]
            report = verify_since(digests=digests, batch=batch) if digests else verify_chain(batch=batch)
        except DigestError as error:
            raise CommandError(str(error)) from error
        for notice in report.notices:
            self.stdout.write(self.style.WARNING(_("注意：%s") % notice))
        if not report.ok:
            raise CommandError(
                _("审计链有问题（前 %(count)d 个事件完好）：%(problem)s")
                % {"count": report.count, "problem": report.problem}
            )
        self.stdout.write(
            self.style.SUCCESS(
                _("审计链完好：共 %(count)d 个事件，链头 %(hash)s。")
                % {"count": report.count, "hash": report.head_hash or "—"}
            )
        )
        for digest in digests:
            words = {"day": digest["day"], "seq": digest["seq"], "key": key_id(digest["public_key"])}
            self.stdout.write(_("与 %(day)s 的摘要（第 %(seq)d 号事件，密钥 %(key)s）相符。") % words)
        if digests and not trusted:
            self.stdout.write(
                _("未给出 --public-key：签名只说明摘要文件未被改动，不说明由谁签署；请核对上面的密钥编号。")
            )
        self._compare(logs=logs, records=records)

    def _compare(self, *, logs: bool, records: bool) -> None:
        """Hold what was asked for against the chain; raises CommandError with every fault of all of it."""
        asked = []
        if logs:
            asked.append((check_twins, _("每条操作日志都有对应事件。")))
        if records:
            asked.append((check_records, _("各表的记录与审计链一致。")))
        found: list[str] = []
        for check, words in asked:
            faults = check()
            found += faults
            if not faults:
                self.stdout.write(self.style.SUCCESS(words))
        if found:
            raise CommandError("\n".join(found))
