"""Triggers on the runtime's tables, as SQL for the migration; what goes with a registration is in
`forgetting`.

A registration that is made, changed or deleted has the cohort of its day counted again. Registrations are
written by commits, resets and by hand; a write that changes no figure leaves no row in the queue. So do
answers, activities that are opened for the first time in a first attempt, and what an attempt still reaches
after another one has replaced it.
"""

from typing import Final

CREATE: Final = """
CREATE FUNCTION runtime_note_registration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed runtime_registration := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  IF changed.purpose = 'learning' THEN
    PERFORM core_note_change(changed.organization_id, changed.dispatch_id, changed.course_id, changed.id,
                             changed.learner_id, NULL, (changed.created_at AT TIME ZONE 'UTC')::date);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER runtime_registration_counted AFTER INSERT OR DELETE ON runtime_registration
  FOR EACH ROW EXECUTE FUNCTION runtime_note_registration();
CREATE TRIGGER runtime_registration_recounted AFTER UPDATE ON runtime_registration FOR EACH ROW
  WHEN ((OLD.completion, OLD.success, OLD.completed_at, OLD.first_launched_at, OLD.manual_at,
         OLD.progress >= 0.5, OLD.score_scaled, OLD.score_raw, OLD.score_min, OLD.score_max)
        IS DISTINCT FROM
        (NEW.completion, NEW.success, NEW.completed_at, NEW.first_launched_at, NEW.manual_at,
         NEW.progress >= 0.5, NEW.score_scaled, NEW.score_raw, NEW.score_min, NEW.score_max))
  EXECUTE FUNCTION runtime_note_registration();

CREATE FUNCTION runtime_note_cohort_of(registration uuid) RETURNS void LANGUAGE sql AS $$
  SELECT core_note_change(r.organization_id, r.dispatch_id, r.course_id, r.id, r.learner_id,
                          NULL, (r.created_at AT TIME ZONE 'UTC')::date)
    FROM runtime_registration r WHERE r.id = registration AND r.purpose = 'learning';
$$;

CREATE FUNCTION runtime_note_answers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM runtime_note_cohort_of(registration_id) FROM (SELECT DISTINCT registration_id FROM changed) once;
  RETURN NULL;
END $$;
CREATE TRIGGER runtime_answers_given AFTER INSERT ON runtime_answer
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION runtime_note_answers();
CREATE TRIGGER runtime_answers_changed AFTER UPDATE ON runtime_answer
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION runtime_note_answers();
CREATE TRIGGER runtime_answers_gone AFTER DELETE ON runtime_answer
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION runtime_note_answers();

CREATE FUNCTION runtime_note_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM runtime_note_cohort_of(a.registration_id)
     FROM runtime_attempt a WHERE a.id = NEW.attempt_id AND a.number = 1;
  RETURN NULL;
END $$;
CREATE TRIGGER runtime_activity_opened AFTER INSERT ON runtime_activitystate
  FOR EACH ROW EXECUTE FUNCTION runtime_note_opening();
CREATE TRIGGER runtime_unit_opened AFTER INSERT ON runtime_ausession
  FOR EACH ROW EXECUTE FUNCTION runtime_note_opening();

-- The registration tells of the current attempt.
CREATE FUNCTION runtime_note_replaced_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM runtime_note_cohort_of(r.id)
     FROM runtime_registration r WHERE r.id = NEW.registration_id AND r.attempt_number <> NEW.number;
  RETURN NULL;
END $$;
CREATE TRIGGER runtime_replaced_attempt_changed AFTER UPDATE ON runtime_attempt FOR EACH ROW
  WHEN ((OLD.completion, OLD.success, OLD.progress >= 0.5,
         OLD.score_scaled, OLD.score_raw, OLD.score_min, OLD.score_max)
        IS DISTINCT FROM
        (NEW.completion, NEW.success, NEW.progress >= 0.5,
         NEW.score_scaled, NEW.score_raw, NEW.score_min, NEW.score_max))
  EXECUTE FUNCTION runtime_note_replaced_attempt();
"""
DROP: Final = """
DROP TRIGGER runtime_replaced_attempt_changed ON runtime_attempt;
DROP FUNCTION runtime_note_replaced_attempt();
DROP TRIGGER runtime_unit_opened ON runtime_ausession;
DROP TRIGGER runtime_activity_opened ON runtime_activitystate;
DROP FUNCTION runtime_note_opening();
DROP TRIGGER runtime_answers_gone ON runtime_answer;
DROP TRIGGER runtime_answers_changed ON runtime_answer;
DROP TRIGGER runtime_answers_given ON runtime_answer;
DROP FUNCTION runtime_note_answers();
DROP FUNCTION runtime_note_cohort_of(uuid);
DROP TRIGGER runtime_registration_recounted ON runtime_registration;
DROP TRIGGER runtime_registration_counted ON runtime_registration;
DROP FUNCTION runtime_note_registration();
"""
