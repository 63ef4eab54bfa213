from django.db import migrations

# An entry about a learner names them in its label, as the actor too where their own launch did it, and by id in its details. When the learner is
# deleted, the id stays and the name goes.
CREATE = """
CREATE INDEX journal_learner ON journal_entry ((details ->> 'learner')) WHERE details ? 'learner';
CREATE FUNCTION journal_forget_learners(learners text[]) RETURNS void LANGUAGE sql AS $$
  UPDATE journal_entry
     SET subject_label = 'a deleted learner', actor_label = CASE actor_kind WHEN 'learner' THEN 'a deleted learner' ELSE actor_label END
   WHERE details ? 'learner' AND details ->> 'learner' = ANY (learners);
$$;
"""
DROP = "DROP FUNCTION journal_forget_learners(text[]); DROP INDEX journal_learner;"


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_personal_mail")]

    operations = [migrations.RunSQL(CREATE, DROP)]
