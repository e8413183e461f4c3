"""Writes the catalogues of all languages anew, and those of new ones: ``python -m translations [LANGUAGE …]``."""

import sys

from translations.catalogue import languages, mo, path_of, po, updated

for language in sorted({*languages(), *sys.argv[1:]}):
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = updated(language)
    path.write_bytes(po(catalogue))
    path.with_suffix(".mo").write_bytes(mo(catalogue))
