from django.db import migrations

# Entries from before say of which learner they are where the registration still says it; those of deleted registrations lose the name now.
CREATE = """
CREATE FUNCTION runtime_forget_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM journal_forget_learners(array_agg(id::text)) FROM gone;
  RETURN NULL;
END $$;
CREATE TRIGGER runtime_learners_gone AFTER DELETE ON runtime_learner
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION runtime_forget_names();

UPDATE journal_entry e SET details = e.details || jsonb_build_object('learner', r.learner_id)
  FROM runtime_registration r WHERE e.subject_kind = 'registration' AND e.subject_id = r.id;
UPDATE journal_entry e
   SET subject_label = 'a deleted learner', actor_label = CASE actor_kind WHEN 'learner' THEN 'a deleted learner' ELSE actor_label END
 WHERE e.subject_kind = 'registration' AND NOT EXISTS (SELECT 1 FROM runtime_registration r WHERE r.id = e.subject_id);
"""
DROP = "DROP TRIGGER runtime_learners_gone ON runtime_learner; DROP FUNCTION runtime_forget_names();"


class Migration(migrations.Migration):
    dependencies = [("runtime", "0008_launch_tokens_and_forgetting"), ("journal", "0004_forgetting_learners")]

    operations = [migrations.RunSQL(CREATE, DROP)]
