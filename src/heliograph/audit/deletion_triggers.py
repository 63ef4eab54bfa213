"""The name of a deleted learner goes from the audit log, as SQL for the migration.

An entry about a learner names them in its label, as the actor too where their own launch did it, and by id in
its details. When the learner is deleted, the id stays and the name goes.
"""

from typing import Final

CREATE: Final = """
CREATE INDEX audit_learner ON audit_entry ((details ->> 'learner')) WHERE details ? 'learner';
CREATE FUNCTION audit_forget_learners(learners text[]) RETURNS void LANGUAGE sql AS $$
  UPDATE audit_entry
     SET subject_label = 'a deleted learner',
         actor_label = CASE actor_kind WHEN 'learner' THEN 'a deleted learner' ELSE actor_label END
   WHERE details ? 'learner' AND details ->> 'learner' = ANY (learners);
$$;
"""
DROP: Final = "DROP FUNCTION audit_forget_learners(text[]); DROP INDEX audit_learner;"
