"""What other parts may read of the runtime's tables in SQL: views, so that a table can change behind them."""

from typing import Final

CREATE: Final = """
CREATE VIEW report_registrations AS
  SELECT id, organization_id, dispatch_id, course_id, learner_id, purpose, attempt_number,
         created_at, first_launched_at, last_activity_at, completed_at, manual_at,
         completion, success, score_scaled, score_raw, score_min, score_max, progress
    FROM runtime_registration;
CREATE VIEW report_learners AS
  SELECT id, organization_id, lower(email) AS email
    FROM runtime_learner;
CREATE VIEW report_attempts AS
  SELECT id, organization_id, registration_id, version_id, number, current_launch_id,
         completion, success, score_scaled, score_raw, score_min, score_max, progress
    FROM runtime_attempt;
CREATE VIEW report_launches AS
  SELECT id, organization_id, registration_id, attempt_id,
         opened_at, ended_at, last_commit_at, last_sequence, answer
    FROM runtime_launch;
CREATE VIEW report_emitted_batches AS
  SELECT source_id
    FROM runtime_emittedbatch;
CREATE VIEW report_questions AS
  SELECT id, organization_id, course_id, activity, identifier, kind, text, correct_responses
    FROM runtime_question;
CREATE VIEW report_answers AS
  SELECT organization_id, registration_id, question_id, within, response, correct, answered_at
    FROM runtime_answer;
-- Which activities a learner opened in the first attempt; ids are in the order of time.
CREATE VIEW report_openings AS
  SELECT a.registration_id, s.identifier, s.id
    FROM runtime_activitystate s
    JOIN runtime_attempt a
      ON a.organization_id = s.organization_id AND a.id = s.attempt_id AND a.number = 1
   UNION ALL
  SELECT a.registration_id, s.identifier, s.id
    FROM runtime_ausession s
    JOIN runtime_attempt a ON a.id = s.attempt_id AND a.number = 1
   WHERE s.launch_id IS NOT NULL;

-- For the triggers of parts above, which know a registration and need its learner.
CREATE FUNCTION runtime_learner_of(registration uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT learner_id FROM runtime_registration WHERE id = registration;
$$;
"""
DROP: Final = """
DROP FUNCTION runtime_learner_of(uuid);
DROP VIEW report_openings;
DROP VIEW report_answers;
DROP VIEW report_questions;
DROP VIEW report_emitted_batches;
DROP VIEW report_launches;
DROP VIEW report_attempts;
DROP VIEW report_learners;
DROP VIEW report_registrations;
"""
