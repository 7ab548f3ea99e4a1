"""人员变更备案 (A16): a department files a change of person; the bureau settles, corrects or strikes it out.

Locks, in this order: the filing, its clocks, the unit, the accounts; then the event chain, which every event locks
(`accounts.services.assignments` has the whole order).
"""

from accounts.services.filings.events import OBJECT_TYPE
from accounts.services.filings.filing import file_change, filing_faults
from accounts.services.filings.settling import (
    accounts_of_newcomer,
    cancel_filing,
    complete_filing,
    correct_filing,
    newcomer_here,
    no_account_because,
    suggested_code,
)

__all__ = [
    "OBJECT_TYPE",
    "accounts_of_newcomer",
    "cancel_filing",
    "complete_filing",
    "correct_filing",
    "file_change",
    "filing_faults",
    "newcomer_here",
    "no_account_because",
    "suggested_code",
]
