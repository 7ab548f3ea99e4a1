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

    from tests.crawl.report import inspect, listed_addresses, mapped_addresses, mixed_scripts

    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    began = time.monotonic()
    client = Client(raise_request_exception=False)
    report = inspect(client)
    visits = report.crawl.visits
    depths = Counter(visits[address].depth for address in listed_addresses() if address in visits)
    print(f"{len(visits)} addresses, {sum(depths.values())} listed pages, {time.monotonic() - began:.0f} s")
    print("listed pages by steps from home:", ", ".join(f"{depth}: {depths[depth]}" for depth in sorted(depths)))
    mapped = [f"/zh-hant{address}" for address in mapped_addresses(client)]
    faults = report.faults + [f"mixed scripts: {fault}" for fault in mixed_scripts(client, mapped)]
    print(f"{len(mapped)} addresses of the site's map read in traditional script")
    for fault in faults:
        print(fault)
    print("no fault" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
