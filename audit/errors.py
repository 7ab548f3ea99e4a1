"""Errors that every app above raises and the project answers in words."""


class Conflict(Exception):
    """Somebody was faster: what the user saw is no longer what is there. Answered with 409.

    The message is a whole Chinese sentence that says what happened and what to do.
    """
