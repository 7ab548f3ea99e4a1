"""The policy_pages app: page types, change register, moderation, listing, search and the public pages."""

from django.apps import AppConfig


class PolicyPagesConfig(AppConfig):
    """The main job: one policy from draft to public."""

    name = "policy_pages"
    verbose_name = "政策发布"

    def ready(self) -> None:
        """Connect the signals and the watch on what is public; guard the publication records like the events.

        And tell where pages are shown, and what is held against the chain.
        """
        from audit import triggers
        from audit.services.registry import register_links, register_records, register_triggers
        from policy_pages import signals  # noqa: F401 -- connecting is the effect
        from policy_pages.baking import watch
        from policy_pages.feedback import services as feedback
        from policy_pages.feedback.records import tickets_of_another_day, tickets_told_otherwise
        from policy_pages.permissions import page_types
        from policy_pages.services.links import change_links, page_links, ticket_links
        from policy_pages.services.live_pages import pages_read_otherwise
        from policy_pages.services.records import rows_told_otherwise
        from policy_pages.services.register import OBJECT_TYPE, changes_told_otherwise
        from policy_pages.services.windows import notices_told_otherwise

        watch.connect()
        triggers.protect("policy_pages_publicationrecord", ("id", "revision_id"))
        triggers.protect("policy_pages_frozenreport", ("id",))
        register_records(rows_told_otherwise)
        register_records(pages_read_otherwise)
        register_records(tickets_told_otherwise)
        register_triggers(changes_told_otherwise)
        register_triggers(notices_told_otherwise)
        register_triggers(tickets_of_another_day)
        register_links(OBJECT_TYPE, change_links)
        register_links(feedback.OBJECT_TYPE, ticket_links)
        for model in page_types():
            register_links(model._meta.label_lower, page_links)
