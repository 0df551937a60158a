# It has threads of its own from its import on.
import polars as pl

frame = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "x"]})
print(frame.group_by("b").agg(pl.col("a").sum()).sort("b").to_dicts())
