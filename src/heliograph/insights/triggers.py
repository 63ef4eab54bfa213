"""The trigger on the insights' own tables, as SQL for the migration: a completion that goes has its day
counted again.
"""

from typing import Final

CREATE: Final = """
CREATE FUNCTION insights_note_completion() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  learner uuid := runtime_learner_of(OLD.registration_id);
BEGIN
  IF learner IS NOT NULL THEN
    PERFORM core_note_change(OLD.organization_id, OLD.dispatch_id, NULL, OLD.registration_id,
                             learner, OLD.day, NULL);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER insights_completion_gone AFTER DELETE ON insights_completion
  FOR EACH ROW EXECUTE FUNCTION insights_note_completion();
"""
DROP: Final = """
DROP TRIGGER insights_completion_gone ON insights_completion;
DROP FUNCTION insights_note_completion();
"""
