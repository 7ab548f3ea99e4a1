"""`python -m tests.crawl`: walk the site on the database of the settings in use; exit status 1 for any fault."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import Counter


def main() -> int:
    """Walk, and print what was found."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.dev")
    import django

    django.setup()
    from django.test import Client

    from tests.crawl.report import inspect, listed_addresses

    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    began = time.monotonic()
    report = inspect(Client(raise_request_exception=False))
    visits = report.crawl.visits
    depths = Counter(visits[address].depth for address in listed_addresses() if address in visits)
    print(f"{len(visits)} addresses, {sum(depths.values())} listed pages, {time.monotonic() - began:.0f} s")
    print("listed pages by steps from home:", ", ".join(f"{depth}: {depths[depth]}" for depth in sorted(depths)))
    for fault in report.faults:
        print(fault)
    print("no fault" if not report.faults else f"{len(report.faults)} faults")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
