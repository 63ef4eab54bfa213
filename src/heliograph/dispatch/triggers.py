"""Triggers of the dispatches' part, as SQL for the migration.

- A session that is written has its day counted again. Sessions are written by launches, by callbacks and by
  `hosted.silent_sessions`; a write that changes no figure leaves no row in the queue.
- What an LMS has of a result is compared again with what it should have.
- Sessions go by cascade with their registration. Their events, in a partitioned table that nothing can refer
  to, go with them: they hold what the course wrote and may name the learner.
- A learner goes with their last registration, by a trigger that knows nothing of licenses
  (`runtime.deletion_triggers`). What a license has counted stays counted; only the row goes that kept this
  learner from being counted twice.
"""

from typing import Final

CREATE: Final = """
CREATE FUNCTION dispatch_note_session() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  learner uuid;
BEGIN
  -- The day it was on. A session whose registration is gone is not counted any more, and neither is a
  -- learner.
  IF TG_OP <> 'INSERT' THEN
    learner := runtime_learner_of(OLD.registration_id);
    IF learner IS NOT NULL THEN
      PERFORM core_note_change(OLD.organization_id, OLD.dispatch_id, NULL, OLD.registration_id, learner,
                               (OLD.launched_at AT TIME ZONE 'UTC')::date, NULL);
    END IF;
  END IF;
  -- The day it is on, where that is another one.
  IF TG_OP = 'INSERT'
     OR TG_OP = 'UPDATE'
        AND (NEW.launched_at, NEW.registration_id) <> (OLD.launched_at, OLD.registration_id) THEN
    learner := runtime_learner_of(NEW.registration_id);
    IF learner IS NOT NULL THEN
      PERFORM core_note_change(NEW.organization_id, NEW.dispatch_id, NULL, NEW.registration_id, learner,
                               (NEW.launched_at AT TIME ZONE 'UTC')::date, NULL);
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER dispatch_session_counted AFTER INSERT OR DELETE ON dispatch_session
  FOR EACH ROW EXECUTE FUNCTION dispatch_note_session();
CREATE TRIGGER dispatch_session_recounted AFTER UPDATE ON dispatch_session FOR EACH ROW
  WHEN ((OLD.launched_at, OLD.registration_id, OLD.dispatch_id, OLD.deployment_id,
         OLD.completion, OLD.success,
         OLD.score_scaled, OLD.score_raw, OLD.score_min, OLD.score_max, OLD.centiseconds)
        IS DISTINCT FROM
        (NEW.launched_at, NEW.registration_id, NEW.dispatch_id, NEW.deployment_id,
         NEW.completion, NEW.success,
         NEW.score_scaled, NEW.score_raw, NEW.score_min, NEW.score_max, NEW.centiseconds))
  EXECUTE FUNCTION dispatch_note_session();

CREATE FUNCTION dispatch_note_lms_result() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  learner uuid := runtime_learner_of(NEW.registration_id);
BEGIN
  IF learner IS NOT NULL THEN
    PERFORM core_note_change(NEW.organization_id, NEW.dispatch_id, NULL, NEW.registration_id, learner,
                             NULL, NULL);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER dispatch_lms_result_written AFTER INSERT OR UPDATE OF standard, values ON dispatch_lmsresult
  FOR EACH ROW EXECUTE FUNCTION dispatch_note_lms_result();

CREATE FUNCTION dispatch_forget_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM dispatch_sessionevent e USING gone g WHERE e.session_id = g.id;
  RETURN NULL;
END $$;
CREATE TRIGGER dispatch_sessions_gone AFTER DELETE ON dispatch_session
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION dispatch_forget_events();

CREATE FUNCTION dispatch_forget_licensed_learners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM dispatch_licenselearner l USING gone g WHERE l.learner_id = g.id;
  RETURN NULL;
END $$;
CREATE TRIGGER dispatch_licensed_learners_gone AFTER DELETE ON runtime_learner
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION dispatch_forget_licensed_learners();
"""
DROP: Final = """
DROP TRIGGER dispatch_licensed_learners_gone ON runtime_learner;
DROP FUNCTION dispatch_forget_licensed_learners();
DROP TRIGGER dispatch_sessions_gone ON dispatch_session;
DROP FUNCTION dispatch_forget_events();
DROP TRIGGER dispatch_lms_result_written ON dispatch_lmsresult;
DROP FUNCTION dispatch_note_lms_result();
DROP TRIGGER dispatch_session_recounted ON dispatch_session;
DROP TRIGGER dispatch_session_counted ON dispatch_session;
DROP FUNCTION dispatch_note_session();
"""
