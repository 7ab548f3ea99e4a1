"""The bureau and two departments, as everywhere."""

from accounts.tests.conftest import bureau, gxj, kjj, login

__all__ = ["bureau", "gxj", "kjj", "login"]
