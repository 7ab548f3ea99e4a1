"""The policy_pages app: page types, change register, moderation, listing, search and the public pages."""

from django.apps import AppConfig


class PolicyPagesConfig(AppConfig):
    """The main job: one policy from draft to public."""

    name = "policy_pages"
    verbose_name = "政策发布"

    def ready(self) -> None:
        """Connect the signals; guard the publication records like the events."""
        from audit import triggers
        from policy_pages import signals  # noqa: F401 -- connecting is the effect

        triggers.protect("policy_pages_publicationrecord", ("id", "revision_id"))
        triggers.protect("policy_pages_frozenreport", ("id",))
