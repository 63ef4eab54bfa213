from django.db import migrations

# A learner goes with their last registration, by a trigger that knows nothing of licences (runtime/forgetting.py). What a licence has counted stays
# counted; only the row goes that kept this learner from being counted twice.
CREATE = """
CREATE FUNCTION dispatch_forget_licensed_learners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM dispatch_licencelearner l USING gone g WHERE l.learner_id = g.id;
  RETURN NULL;
END $$;
CREATE TRIGGER dispatch_licensed_learners_gone AFTER DELETE ON runtime_learner
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION dispatch_forget_licensed_learners();
"""
DROP = "DROP TRIGGER dispatch_licensed_learners_gone ON runtime_learner; DROP FUNCTION dispatch_forget_licensed_learners();"


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0012_forgetting_events"), ("runtime", "0008_launch_tokens_and_forgetting")]

    operations = [migrations.RunSQL(CREATE, DROP)]
