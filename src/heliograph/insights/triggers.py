"""The triggers that notice what changed, as SQL for the migration.

Sessions are written by launches, by callbacks and by the refreshing of hosted ones; registrations by commits, resets and by hand. Each leaves a
row of its own in the queue, so no writer waits for another; those that change no figure leave none.
"""

INSTALL = """
CREATE FUNCTION insights_touch_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO insights_touched (organisation_id, dispatch_id, registration_id, learner_id, day)
    SELECT OLD.organisation_id, OLD.dispatch_id, r.id, r.learner_id, (OLD.launched_at AT TIME ZONE 'UTC')::date
      FROM runtime_registration r WHERE r.id = OLD.registration_id;
  END IF;
  IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND (NEW.launched_at, NEW.registration_id) <> (OLD.launched_at, OLD.registration_id) THEN
    INSERT INTO insights_touched (organisation_id, dispatch_id, registration_id, learner_id, day)
    SELECT NEW.organisation_id, NEW.dispatch_id, r.id, r.learner_id, (NEW.launched_at AT TIME ZONE 'UTC')::date
      FROM runtime_registration r WHERE r.id = NEW.registration_id;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION insights_touch_registration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed runtime_registration := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  IF changed.dispatch_id IS NOT NULL AND changed.purpose = 'learning' THEN
    INSERT INTO insights_touched (organisation_id, dispatch_id, registration_id, learner_id, registered_day)
    VALUES (changed.organisation_id, changed.dispatch_id, changed.id, changed.learner_id, (changed.created_at AT TIME ZONE 'UTC')::date);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION insights_touch_completion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO insights_touched (organisation_id, dispatch_id, registration_id, learner_id, day)
  SELECT OLD.organisation_id, OLD.dispatch_id, r.id, r.learner_id, OLD.day FROM runtime_registration r WHERE r.id = OLD.registration_id;
  RETURN NULL;
END $$;

CREATE TRIGGER insights_completion_gone AFTER DELETE ON insights_completion
  FOR EACH ROW EXECUTE FUNCTION insights_touch_completion();
CREATE TRIGGER insights_session AFTER INSERT OR DELETE ON dispatch_session
  FOR EACH ROW EXECUTE FUNCTION insights_touch_session();
CREATE TRIGGER insights_session_changed AFTER UPDATE ON dispatch_session FOR EACH ROW
  WHEN ((OLD.launched_at, OLD.registration_id, OLD.dispatch_id, OLD.deployment_id, OLD.completion, OLD.success, OLD.score_scaled, OLD.score_raw,
         OLD.score_min, OLD.score_max, OLD.centiseconds)
        IS DISTINCT FROM
        (NEW.launched_at, NEW.registration_id, NEW.dispatch_id, NEW.deployment_id, NEW.completion, NEW.success, NEW.score_scaled, NEW.score_raw,
         NEW.score_min, NEW.score_max, NEW.centiseconds))
  EXECUTE FUNCTION insights_touch_session();
CREATE TRIGGER insights_registration AFTER INSERT OR DELETE ON runtime_registration
  FOR EACH ROW EXECUTE FUNCTION insights_touch_registration();
CREATE TRIGGER insights_registration_changed AFTER UPDATE ON runtime_registration FOR EACH ROW
  WHEN ((OLD.completion, OLD.success, OLD.completed_at, OLD.first_launched_at)
        IS DISTINCT FROM (NEW.completion, NEW.success, NEW.completed_at, NEW.first_launched_at))
  EXECUTE FUNCTION insights_touch_registration();

INSERT INTO insights_touched (organisation_id, dispatch_id, registration_id, learner_id, registered_day)
SELECT organisation_id, dispatch_id, id, learner_id, (created_at AT TIME ZONE 'UTC')::date
  FROM runtime_registration WHERE dispatch_id IS NOT NULL AND purpose = 'learning';
INSERT INTO insights_touched (organisation_id, dispatch_id, registration_id, learner_id, day)
SELECT s.organisation_id, s.dispatch_id, r.id, r.learner_id, (s.launched_at AT TIME ZONE 'UTC')::date
  FROM dispatch_session s JOIN runtime_registration r ON r.id = s.registration_id;
"""

REMOVE = """
DROP TRIGGER insights_session ON dispatch_session;
DROP TRIGGER insights_session_changed ON dispatch_session;
DROP TRIGGER insights_registration ON runtime_registration;
DROP TRIGGER insights_registration_changed ON runtime_registration;
DROP TRIGGER insights_completion_gone ON insights_completion;
DROP FUNCTION insights_touch_completion();
DROP FUNCTION insights_touch_session();
DROP FUNCTION insights_touch_registration();
"""
