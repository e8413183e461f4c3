from people.models import InboxMessage, Person


def tell_managers(tenant_id: int, *, key: str, subject: str, text: str, using: str) -> list[str]:
    """Put a message into the inbox of everybody who manages a tenant; return their names."""
    people = list(Person.objects.using(using).filter(tenant_id=tenant_id, manages=True, is_active=True))
    for person in people:
        InboxMessage(key=key, person=person, subject=subject, text=text).save(using=using)
    return [person.username for person in people]
