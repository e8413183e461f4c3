"""When the catalogue was compared with what providers announce: see ``docs/catalogue_review.md``."""

from datetime import date

REVIEWED_ON = date(2026, 11, 29)
