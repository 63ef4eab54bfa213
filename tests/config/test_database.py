from django.core.management import call_command


def test_the_migrations_make_what_the_models_say(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
