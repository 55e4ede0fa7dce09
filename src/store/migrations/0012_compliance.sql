-- What people may ask about their data, and how long each kind of data is kept.
CREATE TABLE data_request (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('export', 'rectify', 'erase')),
  address_key bytea NOT NULL CHECK (octet_length(address_key) = 32),
  requested_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  note text NOT NULL DEFAULT '', -- what staff wrote; no personal data
  taken_by text NOT NULL,
  done_at timestamptz,
  done_by text,
  result jsonb, -- counts of rows, never their content
  CHECK (due_at > requested_at),
  CHECK ((done_at IS NULL) = (done_by IS NULL) AND (done_at IS NULL) = (result IS NULL))
);
CREATE INDEX data_request_open ON data_request (due_at) WHERE done_at IS NULL;
CREATE INDEX data_request_address ON data_request (address_key);

-- Proof that data was deleted when its time had come.
CREATE TABLE retention_run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  data_class text NOT NULL,
  cutoff timestamptz NOT NULL, -- what is older was to go
  removed bigint NOT NULL CHECK (removed >= 0),
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL CHECK (finished_at >= started_at),
  actor text NOT NULL
);
CREATE INDEX retention_run_class ON retention_run (data_class, id);
CREATE TRIGGER retention_run_append_only BEFORE UPDATE OR DELETE ON retention_run FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Consent: which words were agreed to, from where, until when. The state is derived from the events.
ALTER TABLE consent_event ADD COLUMN wording text; -- version of the words the person saw
ALTER TABLE consent_event ADD COLUMN ip_network cidr; -- truncated: /24 or /48
ALTER TABLE consent_event ADD COLUMN expires_at timestamptz; -- implied consent ends (CASL section 10)
CREATE VIEW consent_state AS
  SELECT DISTINCT ON (address_key) address_key, act, basis, wording, at, expires_at,
    act IN ('imported', 'subscribed', 'released') AND (expires_at IS NULL OR expires_at > now()) AS may_be_written_to
  FROM consent_event ORDER BY address_key, id DESC;

-- Whom an implied consent let us write to, until it ended; a later one is a new start.
CREATE INDEX consent_event_expiring ON consent_event (expires_at, address_key) WHERE expires_at IS NOT NULL;
CREATE VIEW expired_consent AS
  SELECT DISTINCT e.address_key FROM consent_event e
  WHERE e.expires_at <= now() AND NOT EXISTS (
    SELECT FROM consent_event later
    WHERE later.address_key = e.address_key AND later.id > e.id AND later.act IN ('imported', 'subscribed')
      AND (later.expires_at IS NULL OR later.expires_at > now()));
