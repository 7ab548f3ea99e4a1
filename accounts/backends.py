"""Who is meant by an account code and a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest


class AllottedBackend(ModelBackend):
    """Django's own, but a right password of a disabled account names it, so that the form can say what is the matter.

    `get_user` stays Django's: a disabled account has no session. One hash is computed for every name, known or not.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The account, disabled or not, whose password this is; None otherwise."""
        if username is None or password is None:
            return None
        account = User.objects.filter(username=username).first()
        if account is None:
            User().set_password(password)
            return None
        return account if account.check_password(password) else None
