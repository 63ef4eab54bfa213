from django.db import migrations

# Sessions go by cascade with their registration; their events, in a partitioned table that nothing can refer to, go with them: they hold what the
# course wrote and may name the learner.
CREATE = """
CREATE FUNCTION dispatch_forget_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM dispatch_sessionevent e USING gone g WHERE e.session_id = g.id;
  RETURN NULL;
END $$;
CREATE TRIGGER dispatch_sessions_gone AFTER DELETE ON dispatch_session
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION dispatch_forget_events();
DELETE FROM dispatch_sessionevent e WHERE NOT EXISTS (SELECT 1 FROM dispatch_session s WHERE s.id = e.session_id);
"""
DROP = "DROP TRIGGER dispatch_sessions_gone ON dispatch_session; DROP FUNCTION dispatch_forget_events();"


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0011_results_and_identities")]

    operations = [migrations.RunSQL(CREATE, DROP)]
