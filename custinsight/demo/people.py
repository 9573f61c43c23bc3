"""The demo company's own staff, and the persons among its customers."""

from __future__ import annotations

import pandas as pd

from custinsight.demo.chance import faker, generator
from custinsight.demo.vocabulary import CENTRAL, EAST, NORTH, NORTHEAST, SOUTH, US_CENTRAL, US_EAST, US_WEST, WEST

_TEAMS = {EAST: 6, SOUTH: 5, NORTH: 3, CENTRAL: 3, WEST: 3, NORTHEAST: 2, US_CENTRAL: 2, US_EAST: 2, US_WEST: 2}
LEFT = "S901"
"""Number of a salesperson who has left the company but still owns customers."""


def make_staff(seed: int) -> pd.DataFrame:
    """Draw the sales staff: one row per salesperson.

    Returns
    -------
    DataFrame
        owner_id, owner_name, department, region, manager_id; the first of a region manages it.
    """
    chinese, english = faker(seed, "staff", "zh_CN"), faker(seed, "staff", "en_US")
    rows = []
    number = 0
    for region, size in _TEAMS.items():
        manager = ""
        for _ in range(size):
            number += 1
            owner = f"S{number:03d}"
            american = region.startswith("美")
            name = f"{english.first_name()} {english.last_name()}" if american else chinese.name()
            department = f"{region.split(maxsplit=1)[1]} Sales" if american else f"{region.split()[0]}销售部"
            rows.append((owner, name, department, region, manager))
            manager = manager or owner
    return pd.DataFrame(rows, columns=["owner_id", "owner_name", "department", "region", "manager_id"])


def assign_owners(regions: pd.Series, staff: pd.DataFrame, seed: int) -> pd.Series:
    """Draw each customer's salesperson from those of its region; some have none, some one who has left.

    Returns
    -------
    Series of str
        owner_id, empty for nobody.
    """
    rng = generator(seed, "owners")
    teams = staff.groupby("region")["owner_id"].agg(list)
    luck = rng.random(len(regions))
    place = rng.random(len(regions))
    owners = []
    for region, chance, where in zip(regions, luck, place, strict=True):
        team = teams[region]
        regular = team[int(where**1.3 * len(team))]
        owners.append("" if chance < 0.03 else LEFT if chance < 0.045 else regular)
    return pd.Series(owners, index=regions.index, dtype=object)
