#!/bin/sh
# What `make demo` shows: what is announced, and a removal from its preview to its undo, on the embedded database.
set -eu
blue='' bold='' plain=''
if [ -t 1 ]; then # a file or a log shall not get the terminal's codes
  blue=$(printf '\033[1;34m') bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
say() {
  printf '\n%s%s%s\n' "$blue" "$*" "$plain"
}
manage() {
  printf '%s$ python manage.py %s%s\n' "$bold" "$*" "$plain"
  "$DEMO_PYTHON" manage.py "$@"
}

show_mail() {
  printf '\n%s\n\n' "$1"
  "$DEMO_PYTHON" -c '
import email, email.policy, pathlib
newest = sorted(pathlib.Path("var/demo/mail").glob("*.log"))[-1]
first = newest.read_bytes().split(b"-" * 79)[0]
mail = email.message_from_bytes(first, policy=email.policy.default)
print("To:", mail["To"].strip())
print("Subject:", mail["Subject"].strip())
print()
print(mail.get_body(("plain",)).get_content())
'
}

say "An empty database, and six teams whose work uses models that are on their way out."
manage migrate --skip-checks --verbosity 0
manage load_demo --teams 6 --nodes 120 --seed 7

say "1. Announce what is deprecated. In production a timer asks for this every day."
manage notify_deprecated_models
show_mail "What the admins of one team read (all e-mails are in var/demo/mail):"

say "2. What goes when, of all that is used."
manage llm_models timeline --in-use

say "3. What would a removal do? This writes nothing."
manage remove_deprecated_models --dry-run -v 2

say "4. Do it. In a deployment a migration asks for this and migrate does it."
manage remove_deprecated_models
show_mail "What the admins of one team read now:"

say "5. Again: nothing happens twice."
manage remove_deprecated_models

say "6. What is on record here."
manage custom_migrations list --name remove_deprecated_models

say "7. Undo it: every reference that nobody has changed since comes back."
manage restore_removed_models 1

say "8. And once more, for the admin. What was undone is removed again by force only."
manage remove_deprecated_models --force --verbosity 0

say "Now: make serve, then http://localhost:8000/admin/ as demo@example.org, password demo."
