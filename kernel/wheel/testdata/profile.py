"""A kernel with a profile limits its cells, so that papermill reaches a notebook's end."""

from notebooks import run, shown

saved = run(
    "CREATE TABLE endless (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50')",
    "SELECT COUNT(*) AS n, '${day}' AS d FROM endless",
    "%echo the end",
    kernel_name="riffle-nightly",
)
for text in ("2026-11-25", "cancelled by riffle.notebook.wait rows=20", "the end"):
    assert text in shown(saved), shown(saved)
