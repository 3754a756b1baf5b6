"""One file a rival: how it compares old with new, and how its verdict is read."""
