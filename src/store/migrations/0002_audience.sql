-- Whom we may write to, whom we may not, and how we know.

-- One CSV file that was imported: the declared source and basis of every address in it.
CREATE TABLE subscriber_import (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_name text NOT NULL,
  source text NOT NULL,
  sha256 text NOT NULL,
  rows_read integer NOT NULL CHECK (rows_read >= 0),
  added integer NOT NULL CHECK (added >= 0),
  updated integer NOT NULL CHECK (updated >= 0),
  unchanged integer NOT NULL CHECK (unchanged >= 0),
  suppressed integer NOT NULL CHECK (suppressed >= 0),
  rejected integer NOT NULL CHECK (rejected >= 0),
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL
);

CREATE TABLE subscriber (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  address text NOT NULL CHECK (address ~ '^[^[:space:][:cntrl:]<>,;]+@[^[:space:][:cntrl:]<>,;@]+$' AND octet_length(address) <= 254),
  address_key bytea NOT NULL UNIQUE CHECK (octet_length(address_key) = 32), -- HMAC-SHA-256 of the normalised address
  domain text NOT NULL, -- lower-case A-label
  needs_smtputf8 boolean NOT NULL DEFAULT false, -- a local part outside ASCII
  first_name text NOT NULL DEFAULT '' CHECK (char_length(first_name) <= 100 AND first_name !~ '[[:cntrl:]]'),
  last_name text NOT NULL DEFAULT '' CHECK (char_length(last_name) <= 100 AND last_name !~ '[[:cntrl:]]'),
  zip zip5, -- null: unknown; the outcome is unresolved
  plus4 text CHECK (plus4 ~ '^[0-9]{4}$'),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (plus4 IS NULL OR zip IS NOT NULL)
);

-- A person's own choice of seat where a ZIP cannot settle it. The street is never kept.
CREATE TABLE subscriber_seat (
  subscriber_id bigint REFERENCES subscriber ON DELETE CASCADE,
  map_id text REFERENCES district_map,
  seat_id text NOT NULL REFERENCES seat,
  basis text NOT NULL CHECK (basis IN ('address', 'manual')),
  resolved_at timestamptz NOT NULL,
  PRIMARY KEY (subscriber_id, map_id)
);

-- Addresses that must not be written to, by keyed hash so that erasure keeps the opt-out. No end date.
CREATE TABLE suppression (
  address_key bytea PRIMARY KEY CHECK (octet_length(address_key) = 32),
  reason text NOT NULL CHECK (reason IN ('unsubscribe', 'complaint', 'hard_bounce', 'legal', 'manual', 'import')),
  channel text NOT NULL CHECK (channel IN ('one_click', 'page', 'mailto', 'reply', 'complaint', 'bounce', 'console', 'cli', 'import')),
  note text NOT NULL DEFAULT '',
  set_by text NOT NULL,
  set_at timestamptz NOT NULL
);

-- Append-only: every act of consent, withdrawal, suppression and release, in order.
CREATE TABLE consent_event (
  id bigint GENERATED ALWAYS AS IDENTITY,
  address_key bytea NOT NULL CHECK (octet_length(address_key) = 32),
  act text NOT NULL CHECK (act IN ('imported', 'subscribed', 'suppressed', 'released')),
  basis text NOT NULL,
  evidence jsonb NOT NULL DEFAULT '{}',
  import_id bigint, -- of subscriber_import: see require_known_import
  at timestamptz NOT NULL,
  PRIMARY KEY (address_key, id) -- the history of one address, in order
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE ON consent_event
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An import adds a million events at once: their import is looked up once a statement, where a foreign key would
-- look it up a million times. The other half of the key: the record of an import is never deleted.
CREATE FUNCTION require_known_import() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  unknown bigint;
BEGIN
  SELECT added.import_id INTO unknown FROM added
   WHERE added.import_id IS NOT NULL AND NOT EXISTS (SELECT FROM subscriber_import WHERE id = added.import_id)
   LIMIT 1;
  IF FOUND THEN
    RAISE foreign_key_violation USING MESSAGE = format('there is no import %s', unknown);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER consent_event_import AFTER INSERT ON consent_event
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION require_known_import();
CREATE TRIGGER subscriber_import_kept BEFORE DELETE ON subscriber_import
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Which secret keyed the address hashes: a database opened with another secret would honour no opt-out.
CREATE TABLE secret_fingerprint (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  fingerprint text NOT NULL
);
