"""The page that a finished study is read from: claims first, then figures, settings, costs and troubles."""

from curvae.report.costs import costs
from curvae.report.page import Figure, Part, page
from curvae.report.run import about, environment
from curvae.report.text import caption
from curvae.report.troubles import read_tables, troubles
from curvae.spent import jobs_of, read_benchmarks

__all__ = [
    "Figure",
    "Part",
    "about",
    "caption",
    "costs",
    "environment",
    "jobs_of",
    "page",
    "read_benchmarks",
    "read_tables",
    "troubles",
]
