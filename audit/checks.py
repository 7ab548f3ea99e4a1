"""System checks of what the promise "nobody rewrites the history unnoticed" rests on.

Registered as ordinary checks although they look at the database: Django runs database checks only when asked with
`check --database`, and a dropped trigger must be found by every `manage.py check` and by every start.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.utils import timezone

from . import guard, triggers
from .models import CalendarYear

_NOVEMBER = 11
#: PRAGMA synchronous = FULL: what was committed survives a power cut.
_SYNCHRONOUS_FULL = 2

Check = Callable[..., list[CheckMessage]]


def _quiet_without_database(check: Check) -> Check:
    """Let `check` find nothing where there is no database to ask; makemigrations and the first migrate run checks too."""

    @wraps(check)
    def wrapper(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
        try:
            return check(app_configs, **kwargs)
        except DatabaseError:
            return []

    return wrapper


@_quiet_without_database
def check_triggers(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """audit.E001: the triggers of the append-only tables are there, unchanged and enabled."""
    return [
        Error(
            f"追加写触发器 {name} 缺失、被改动或被停用。",
            hint="先查明原因，再运行 manage.py audit_protect 恢复（会写入审计事件）。",
            id="audit.E001",
        )
        for name in triggers.missing(DEFAULT_DB_ALIAS)
    ]


@_quiet_without_database
def check_pragmas(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """audit.E002: SQLite keeps what it committed, and its triggers see a REPLACE."""
    database = connections[DEFAULT_DB_ALIAS]
    if not isinstance(database, SQLite):
        return []
    expected: dict[str, Any] = {"synchronous": _SYNCHRONOUS_FULL, "recursive_triggers": 1}
    if not database.is_in_memory_db():
        expected["journal_mode"] = "wal"
    with database.cursor() as cursor:
        found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in expected}
    return [
        Error(
            f"SQLite 参数 {name} 应为 {value}，现为 {found[name]}。",
            hint="检查 DATABASES 的 OPTIONS[init_command]。",
            id="audit.E002",
        )
        for name, value in expected.items()
        if found[name] != value
    ]


@_quiet_without_database
def check_guard(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """audit.E003: the default SQLite connection refuses what would rewrite an append-only table or take its triggers."""
    if guard.stands(DEFAULT_DB_ALIAS):
        return []
    return [
        Error(
            "SQLite 连接未受保护：本连接可以改写或删除追加写表及其触发器。",
            hint="检查 audit.apps 中 connection_created 的接收者是否被断开，或连接上的 authorizer 是否被取消。",
            id="audit.E003",
        )
    ]


@_quiet_without_database
def check_roles(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """audit.W002: the PostgreSQL role of the application can neither change an append-only table nor take its triggers.

    Asked with `check --deploy` alone: migrations run as the owner, and a developer's own database has one role.
    """
    return [
        Warning(
            f"数据库角色 {role} 拥有追加写表 {table}，或可以对它 UPDATE、DELETE、TRUNCATE、加触发器。",
            hint="以数据库管理员身份运行 deploy/postgresql-roles.sql，应用改用 huiqitong_app 连接（docs/history.md）。",
            id="audit.W002",
        )
        for role, table in triggers.writable(DEFAULT_DB_ALIAS)
    ]


@_quiet_without_database
def check_calendar(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """audit.W001: this year's working days are known, and from 1 November those of the next year too."""
    if CalendarYear._meta.db_table not in connection.introspection.table_names():
        return []
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    needed = [today.year, today.year + 1] if today.month >= _NOVEMBER else [today.year]
    known = set(CalendarYear.objects.filter(confirmed=True, year__in=needed).values_list("year", flat=True))
    return [
        Warning(
            f"{year} 年的工作日安排尚未录入并确认，涉及该年的时限暂不可计算。",
            hint="国务院办公厅放假通知公布后，请由审批局在“工作日历—录入放假通知”中粘贴录入。",
            id="audit.W001",
        )
        for year in needed
        if year not in known
    ]
