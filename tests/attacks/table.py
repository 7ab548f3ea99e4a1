"""Where each of the 32 measured attack paths has its one home: number -> what is tried, and the test that denies it."""

from __future__ import annotations

HERE = "tests.attacks"
DOORS = "policy_pages.tests.test_moderation_doors"
PRIVATE = "policy_pages.tests.test_private_drafts"

HOMES: dict[int, tuple[str, str]] = {
    1: ("explorer of another department, common parents", f"{HERE}.test_reading::test_01_"),
    2: ("editor of a foreign page by its address", f"{HERE}.test_reading::test_02_"),
    3: ("its side views: draft, history, compare, copy, move …", f"{HERE}.test_reading::test_03_"),
    4: ("adding and previewing under another department", f"{HERE}.test_writing::test_04_"),
    5: ("moving between departments, alone and in bulk", f"{HERE}.test_writing::test_05_"),
    6: ("a user of both departments moves a draft", f"{HERE}.test_writing::test_06_"),
    7: ("copying between departments", f"{HERE}.test_writing::test_07_"),
    8: ("publishing copies and aliases", f"{DOORS}::test_hole_8_"),
    9: ("action-publish, bulk publish and unpublish", f"{DOORS}::test_holes_9_28_"),
    10: ("deleting in bulk", f"{HERE}.test_writing::test_10_"),
    11: ("deleting a draft in moderation", f"{DOORS}::test_hole_11_"),
    12: ("a draft of a public page changes the public row", f"{HERE}.test_writing::test_12_"),
    13: ("page chooser shows drafts", f"{PRIVATE}::test_holes_13_16_"),
    14: ("a chooser field takes any id", f"{PRIVATE}::test_hole_14_"),
    15: ("admin search, admin API, page types", f"{HERE}.test_reading::test_15_"),
    16: ("page-types report", f"{PRIVATE}::test_holes_13_16_"),
    17: ("reports and home", f"{HERE}.test_reading::test_17_"),
    18: ("workflows, collections, groups, users, sites", f"{HERE}.test_side_doors::test_18_"),
    19: ("documents: list, choose, edit, upload", f"{HERE}.test_side_doors::test_19_"),
    20: ("download of a file of no live page", "tests.media.test_guessed_addresses::test_20_"),
    21: ("viewsets that ask per model", f"{HERE}.test_side_doors::test_21_"),
    22: ("a task state of B under a page of A", f"{DOORS}::test_hole_22_"),
    23: ("approving with empty extra data", f"{DOORS}::test_hole_23_"),
    24: ("saving and deciding during moderation", f"{HERE}.test_writing::test_24_"),
    25: ("overwriting the live revision", f"{DOORS}::test_holes_25_26_"),
    26: ("overwriting after the first approval", f"{DOORS}::test_holes_25_26_"),
    27: ("bureau without the right to publish", f"{HERE}.test_writing::test_27_"),
    28: ("bureau with the right to publish", f"{DOORS}::test_holes_9_28_"),
    29: ("a replayed or cancelled step", f"{HERE}.test_writing::test_29_"),
    30: ("the account officer makes superusers", f"{HERE}.test_side_doors::test_30_"),
    31: ("drafts on the public side and its API", f"{HERE}.test_reading::test_31_"),
    32: ("a dead account, an ended role", f"{HERE}.test_side_doors::test_32_"),
}
