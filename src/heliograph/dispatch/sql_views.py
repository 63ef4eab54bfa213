"""What other parts may read of the dispatch tables in SQL: views, so that a table can change behind them."""

from typing import Final

CREATE: Final = """
CREATE VIEW report_destinations AS
  SELECT id, organization_id, name
    FROM dispatch_destination;
CREATE VIEW report_dispatches AS
  SELECT id, organization_id, course_id, destination_id, name
    FROM dispatch_dispatch;
CREATE VIEW report_deployments AS
  SELECT id, organization_id, dispatch_id, domain, name, suspended
    FROM dispatch_deployment;
CREATE VIEW report_sessions AS
  SELECT id, organization_id, dispatch_id, deployment_id, registration_id, embedded, launched_at, ended_at,
         completion, success, score_scaled, score_raw, score_min, score_max, centiseconds
    FROM dispatch_session;
"""
DROP: Final = """
DROP VIEW report_sessions;
DROP VIEW report_deployments;
DROP VIEW report_dispatches;
DROP VIEW report_destinations;
"""
