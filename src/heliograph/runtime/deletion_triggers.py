"""What goes with a registration, however it goes: triggers on our own tables, because registrations are
deleted in many ways and mostly by cascade.

- An attempt takes the log of its calls along, which holds what the course asked for, the learner's name among
  it, and the answers that were given in it.
- The last registration of a learner takes the learner along. A learner whom somebody registers at this very
  moment is left (SKIP LOCKED, so that nobody ever waits here), and so is one who was made and never
  registered: `actions.forget_learners` looks for them every hour.
- A registration takes the events along that webhooks tell of it (`webhooks.deletion_triggers`).
- A learner takes their name out of the audit log along, which keeps their id (`audit.deletion_triggers`).
"""

from typing import Final

CREATE: Final = """
CREATE FUNCTION runtime_forget_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM runtime_runtimecall c USING gone g WHERE c.attempt_id = g.id;
  DELETE FROM runtime_answer a USING gone g WHERE a.organization_id = g.organization_id AND a.within = g.id;
  RETURN NULL;
END $$;
CREATE TRIGGER runtime_attempts_gone AFTER DELETE ON runtime_attempt
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION runtime_forget_calls();

CREATE FUNCTION runtime_forget_learners() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  held uuid[];
BEGIN
  PERFORM webhooks_forget_registrations(array_agg(id)) FROM gone;
  SELECT array_agg(id) INTO held FROM (
    SELECT l.id FROM runtime_learner l WHERE l.id IN (SELECT learner_id FROM gone) FOR UPDATE SKIP LOCKED
  ) unused;
  -- A statement of its own: it sees the registrations that were made until the learners were locked.
  DELETE FROM runtime_learner l
   WHERE l.id = ANY (held) AND NOT EXISTS (SELECT 1 FROM runtime_registration r WHERE r.learner_id = l.id);
  RETURN NULL;
END $$;
CREATE TRIGGER runtime_registrations_gone AFTER DELETE ON runtime_registration
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION runtime_forget_learners();

CREATE FUNCTION runtime_forget_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM audit_forget_learners(array_agg(id::text)) FROM gone;
  RETURN NULL;
END $$;
CREATE TRIGGER runtime_learners_gone AFTER DELETE ON runtime_learner
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION runtime_forget_names();
"""
DROP: Final = """
DROP TRIGGER runtime_learners_gone ON runtime_learner;
DROP FUNCTION runtime_forget_names();
DROP TRIGGER runtime_attempts_gone ON runtime_attempt;
DROP TRIGGER runtime_registrations_gone ON runtime_registration;
DROP FUNCTION runtime_forget_calls();
DROP FUNCTION runtime_forget_learners();
"""
