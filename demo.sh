#!/bin/sh
# What `make demo` shows: one removal from its preview to its e-mails, on the embedded database.
set -eu
manage() {
  printf '\n\033[1m$ python manage.py %s\033[0m\n' "$*"
  "$DEMO_PYTHON" manage.py "$@"
}

manage migrate --skip-checks --verbosity 0
manage load_demo --teams 6 --nodes 120 --seed 7
manage remove_deprecated_models --dry-run -v 2
manage remove_deprecated_models
manage remove_deprecated_models
printf '\n\033[1mOne of the e-mails (all of them are in var/demo/mail):\033[0m\n'
"$DEMO_PYTHON" -c '
import email, email.policy, pathlib
newest = sorted(pathlib.Path("var/demo/mail").glob("*.log"))[-1]
first = newest.read_bytes().split(b"-" * 79)[0]
mail = email.message_from_bytes(first, policy=email.policy.default)
print("To:     ", mail["To"])
print("Subject:", mail["Subject"])
print()
print(mail.get_body(("plain",)).get_content())
'
manage custom_migrations list --name remove_deprecated_models
printf '\n`make serve` opens the admin on this data.\n'
