"""Words of commands on pages."""

from __future__ import annotations

from django import template

from model_retirement.data_migrations.code_words import with_code

register = template.Library()
register.filter("with_code", with_code)
