"""What goes with a registration: its events, which name its learner. The runtime's trigger calls this."""

from typing import Final

CREATE: Final = """
CREATE FUNCTION webhooks_forget_registrations(registrations uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM webhooks_event WHERE registration_id = ANY (registrations)) THEN
    RETURN;
  END IF;
  DELETE FROM webhooks_deliveryattempt a USING webhooks_message m, webhooks_event e
   WHERE a.message_id = m.id AND m.event_id = e.id AND e.registration_id = ANY (registrations);
  DELETE FROM webhooks_message m USING webhooks_event e
   WHERE m.event_id = e.id AND e.registration_id = ANY (registrations);
  DELETE FROM webhooks_event WHERE registration_id = ANY (registrations);
END $$;
"""
DROP: Final = "DROP FUNCTION webhooks_forget_registrations(uuid[]);"
