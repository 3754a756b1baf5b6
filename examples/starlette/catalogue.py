"""The articles that there are."""

MATERIALS = ["bamboo", "cotton", "granite", "leather", "linen", "marble", "oak", "steel", "walnut", "wool"]
THINGS = ["armchair", "blanket", "bookshelf", "cushion", "lamp", "mirror", "table", "vase"]

NAMES = [f"{material} {thing}" for material in MATERIALS for thing in THINGS]
