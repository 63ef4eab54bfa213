"""Triggers on the runtime's tables, as SQL for the migration; what goes with a registration is in
`forgetting`.

A registration that is made, changed or deleted has the cohort of its day counted again. Registrations are
written by commits, resets and by hand; a write that changes no figure leaves no row in the queue.
"""

from typing import Final

CREATE: Final = """
CREATE FUNCTION runtime_note_registration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed runtime_registration := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  IF changed.dispatch_id IS NOT NULL AND changed.purpose = 'learning' THEN
    PERFORM core_note_change(changed.organization_id, changed.dispatch_id, changed.id, changed.learner_id,
                             NULL, (changed.created_at AT TIME ZONE 'UTC')::date);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER runtime_registration_counted AFTER INSERT OR DELETE ON runtime_registration
  FOR EACH ROW EXECUTE FUNCTION runtime_note_registration();
CREATE TRIGGER runtime_registration_recounted AFTER UPDATE ON runtime_registration FOR EACH ROW
  WHEN ((OLD.completion, OLD.success, OLD.completed_at, OLD.first_launched_at)
        IS DISTINCT FROM (NEW.completion, NEW.success, NEW.completed_at, NEW.first_launched_at))
  EXECUTE FUNCTION runtime_note_registration();
"""
DROP: Final = """
DROP TRIGGER runtime_registration_recounted ON runtime_registration;
DROP TRIGGER runtime_registration_counted ON runtime_registration;
DROP FUNCTION runtime_note_registration();
"""
