"""The capacity register: vacant posts, and Practice Managers who still carry cases.

`posts` and `managers` are the use cases; `burn_down` is pure: plan beside forecast; `outlook` reads the
register as it stood on a day; `levers` turn it into scenarios of the what-if.
"""

from workflow.capacity.burn_down import Band, BurnDown, Carrier, Point, Post
from workflow.capacity.levers import fill_posts, free_managers
from workflow.capacity.managers import (
    add_manager,
    count_cases,
    find_manager,
    managers_of,
    move_end,
)
from workflow.capacity.outlook import carried_cases, carriers_of, posts_of, vacant_posts
from workflow.capacity.posts import Slip, expect_post, fill_post, open_post, slips

__all__ = [
    "Band",
    "BurnDown",
    "Carrier",
    "Point",
    "Post",
    "Slip",
    "add_manager",
    "carried_cases",
    "carriers_of",
    "count_cases",
    "expect_post",
    "fill_post",
    "fill_posts",
    "find_manager",
    "free_managers",
    "managers_of",
    "move_end",
    "open_post",
    "posts_of",
    "slips",
    "vacant_posts",
]
