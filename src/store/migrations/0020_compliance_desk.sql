-- What the compliance desk lists, newest first, whatever it is narrowed down to; and the proofs that were run.

-- One index serves every filter: each combination that exists is looked up by itself, and the newest of all are shown.
CREATE INDEX suppression_newest ON suppression (reason, channel, set_at, address_key);
CREATE INDEX opt_out_channel ON opt_out (channel, id);
CREATE INDEX consent_event_newest ON consent_event (act, id);
ALTER TABLE feedback_report ADD COLUMN class_word text NOT NULL GENERATED ALWAYS AS (coalesce(class, '')) STORED; -- for the index: one that equals
CREATE INDEX feedback_report_newest ON feedback_report (kind, class_word, outcome, reported_at, mail_id, place);
CREATE INDEX sendgrid_event_newest ON sendgrid_event (event, received_at, sg_event_id) WHERE outcome IS NOT NULL;
CREATE INDEX audit_entry_actor ON audit_entry (actor, act, id);
CREATE INDEX audit_entry_act ON audit_entry (act, id);

-- How long a wish took: the slowest stand at the end, so that the p99 of a million is a few steps away.
ALTER TABLE opt_out ADD COLUMN took interval NOT NULL GENERATED ALWAYS AS (effective_at - requested_at) STORED;
CREATE INDEX opt_out_took ON opt_out (took);

-- The proof over the whole ledger as somebody ran it: it reads everything, so it is kept and shown with its date.
CREATE TABLE compliance_check (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  actor text NOT NULL CHECK (actor <> ''),
  started_at timestamptz NOT NULL,
  took_ms integer NOT NULL CHECK (took_ms >= 0),
  is_sound boolean NOT NULL,
  result jsonb NOT NULL CHECK (jsonb_typeof(result) = 'object')
);
CREATE TRIGGER compliance_check_append_only BEFORE UPDATE OR DELETE ON compliance_check FOR EACH ROW EXECUTE FUNCTION refuse_change();
