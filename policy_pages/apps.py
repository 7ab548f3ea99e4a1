"""The policy_pages app: page types, change register, moderation, listing, search and the public pages."""

from django.apps import AppConfig


class PolicyPagesConfig(AppConfig):
    """The main job: one policy from draft to public."""

    name = "policy_pages"
    verbose_name = "政策发布"
