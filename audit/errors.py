"""Errors that every app above raises and the project answers in words."""


class Conflict(Exception):
    """Somebody was faster: what the user saw is no longer what is there. Answered with 409.

    The message is a whole Chinese sentence that says what happened and what to do.
    """


class AppendOnly(Exception):
    """Code tried to change or delete an event. A programming error: the chain only grows (A30)."""


class ChainBroken(Exception):
    """The head of the event chain is missing while events exist; nothing may be appended until a person has looked."""


class ChainUnreadable(Exception):
    """Events cannot be read or contradict each other, so nothing can be computed from them. The message is a whole Chinese sentence."""


class NoRuleInForce(ValueError):
    """No version of the duty's rule was in force on the trigger date, so no clock can start (A32)."""


class DigestError(Exception):
    """A digest cannot be signed or does not prove what it says. The message is a whole Chinese sentence."""
