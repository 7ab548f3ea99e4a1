"""The app of the peer."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    """All of it in one app."""

    name = "benchmarks.peers.stock"
    label = "stock"
    default_auto_field = "django.db.models.BigAutoField"
