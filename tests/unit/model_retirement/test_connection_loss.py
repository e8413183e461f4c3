"""What counts as a lost connection, and what becomes of it."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from model_retirement.connection_loss import drop_if_lost, is_loss


def passed_on(cause: Exception) -> OperationalError:
    """Return an error as Django makes it of a driver's."""
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "lost"),
    [
        (psycopg.errors.AdminShutdown("terminating connection due to administrator command"), True),
        (psycopg.errors.ProtocolViolation("server conn crashed?"), True),
        (psycopg.OperationalError("the connection is closed"), True),
        (psycopg.errors.QueryCanceled("canceling statement due to statement timeout"), False),
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), False),
        (sqlite3.OperationalError("no such table"), False),
    ],
)
def test_what_counts_as_lost(cause: Exception, lost: bool):
    assert is_loss(passed_on(cause)) is lost


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_next_query_opens_a_new_connection():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((first,),) = cursor.fetchall()
        with pytest.raises(OperationalError):
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    drop_if_lost(using="default")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchall() != [(first,)]


@pytest.mark.django_db
def test_a_transaction_keeps_its_connection():
    with transaction.atomic():
        kept = connection.connection
        connection.errors_occurred = True
        drop_if_lost(using="default")
        assert connection.connection is kept
    connection.errors_occurred = False
