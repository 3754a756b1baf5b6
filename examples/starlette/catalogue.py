"""The articles that there are."""

MATERIALS = ["bamboo", "cotton", "leather", "marble", "steel", "walnut"]
THINGS = ["bookshelf", "cushion", "lamp", "table"]

NAMES = [f"{material} {thing}" for material in MATERIALS for thing in THINGS]
