"""Public views: what home, lists, search and the policy pages show. GETs only; nothing here writes but the counter of visits, to a file."""

from policy_pages.views.departments import department, departments
from policy_pages.views.finding import search, suggest
from policy_pages.views.home import home_context
from policy_pages.views.indexes import favicon, robots, site_map, sitemap, sitemap_part
from policy_pages.views.lists import guides, listing_context
from policy_pages.views.pages import policy_page, shelf_page
from policy_pages.views.timeliness import frozen_report, frozen_report_data, timeliness, timeliness_data
from policy_pages.views.visits import visit, visit_image

__all__ = [
    "department",
    "departments",
    "favicon",
    "frozen_report",
    "frozen_report_data",
    "guides",
    "home_context",
    "listing_context",
    "policy_page",
    "robots",
    "search",
    "shelf_page",
    "site_map",
    "sitemap",
    "sitemap_part",
    "suggest",
    "timeliness",
    "timeliness_data",
    "visit",
    "visit_image",
]
