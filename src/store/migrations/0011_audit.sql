-- Who did what, in a chain of hashes: an entry that is changed, taken out or put in breaks it. Ids only, no personal data.
CREATE TABLE audit_entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL CHECK (actor <> ''),
  act text NOT NULL CHECK (act <> ''),
  object text NOT NULL CHECK (object <> ''),
  before_sha256 bytea CHECK (octet_length(before_sha256) = 32),
  after_sha256 bytea CHECK (octet_length(after_sha256) = 32),
  reason text NOT NULL DEFAULT '',
  place bigint UNIQUE CHECK (place >= 1), -- in the chain; null until it is sealed, seconds later
  hash bytea CHECK (octet_length(hash) = 32),
  CHECK ((place IS NULL) = (hash IS NULL))
);
CREATE INDEX audit_entry_unsealed ON audit_entry (id) WHERE place IS NULL;
CREATE INDEX audit_entry_object ON audit_entry (object, id);

-- Sealing is the only change there is: place and hash, once.
CREATE FUNCTION keep_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.place IS NULL AND NEW.place IS NOT NULL
     AND (OLD.id, OLD.at, OLD.actor, OLD.act, OLD.object, OLD.before_sha256, OLD.after_sha256, OLD.reason)
         IS NOT DISTINCT FROM (NEW.id, NEW.at, NEW.actor, NEW.act, NEW.object, NEW.before_sha256, NEW.after_sha256, NEW.reason) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'audit_entry is append-only';
END $$;
CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION keep_audit_entry();
CREATE TRIGGER audit_entry_whole BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The hash of an entry covers the one before it and every column, each by its own hash, so that no two entries read alike.
CREATE FUNCTION audit_hash(previous bytea, e audit_entry, its_place bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(previous
    || sha256(convert_to(its_place::text, 'UTF8'))
    || sha256(convert_to((extract(epoch FROM e.at) * 1000000)::bigint::text, 'UTF8'))
    || sha256(convert_to(e.actor, 'UTF8')) || sha256(convert_to(e.act, 'UTF8')) || sha256(convert_to(e.object, 'UTF8'))
    || sha256(coalesce(e.before_sha256, '')) || sha256(coalesce(e.after_sha256, '')) || sha256(convert_to(e.reason, 'UTF8')))
$$;

-- Puts what has been written since into the chain, one process at a time; a transaction that writes an entry waits for nobody.
CREATE FUNCTION seal_audit() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  entry audit_entry;
  last_place bigint := 0;
  last_hash bytea := '';
  sealed integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rollcall audit chain'));
  SELECT place, hash INTO last_place, last_hash FROM audit_entry WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1;
  last_place := coalesce(last_place, 0);
  last_hash := coalesce(last_hash, '');
  FOR entry IN SELECT * FROM audit_entry WHERE place IS NULL ORDER BY id LOOP
    last_place := last_place + 1;
    last_hash := audit_hash(last_hash, entry, last_place);
    UPDATE audit_entry SET place = last_place, hash = last_hash WHERE id = entry.id;
    sealed := sealed + 1;
  END LOOP;
  RETURN sealed;
END $$;

-- Acts that have a table of their own are written down by that table, whoever writes to it.
CREATE FUNCTION audit_campaign_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_entry (actor, act, object, after_sha256, reason)
  VALUES (NEW.actor, 'campaign ' || NEW.act, 'campaign/' || NEW.campaign_id, sha256(convert_to(NEW.detail::text, 'UTF8')), coalesce(NEW.detail->>'reason', ''));
  RETURN NULL;
END $$;
CREATE TRIGGER campaign_event_audited AFTER INSERT ON campaign_event FOR EACH ROW EXECUTE FUNCTION audit_campaign_event();

-- What people ask for themselves and what receivers refuse is in the opt-out log and the ledger; this is for acts of staff.
CREATE FUNCTION audit_suppressions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_entry (actor, act, object, after_sha256, reason)
  SELECT set_by, 'suppress', CASE count(*) WHEN 1 THEN 'address/' || encode(min(address_key), 'hex') ELSE count(*) || ' addresses' END,
    sha256(string_agg(address_key, ''::bytea ORDER BY address_key)), reason
  FROM added WHERE set_by NOT IN ('delivery', 'subscriber', 'feedback')
  GROUP BY set_by, reason;
  RETURN NULL;
END $$;
CREATE TRIGGER suppression_audited AFTER INSERT ON suppression
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_suppressions();

CREATE FUNCTION audit_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_entry (actor, act, object, after_sha256, reason)
  VALUES (coalesce(nullif(NEW.evidence->>'by', ''), 'unknown'), 'release suppression', 'address/' || encode(NEW.address_key, 'hex'),
    sha256(convert_to(NEW.evidence::text, 'UTF8')), NEW.basis);
  RETURN NULL;
END $$;
CREATE TRIGGER consent_event_release_audited AFTER INSERT ON consent_event
  FOR EACH ROW WHEN (NEW.act = 'released') EXECUTE FUNCTION audit_release();

CREATE FUNCTION audit_kill_switch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_entry (actor, act, object, before_sha256, after_sha256, reason)
  VALUES (coalesce(nullif(NEW.set_by, ''), 'unknown'), CASE WHEN NEW.engaged THEN 'engage kill switch' ELSE 'release kill switch' END, 'kill-switch',
    sha256(convert_to(OLD::text, 'UTF8')), sha256(convert_to(NEW::text, 'UTF8')), NEW.reason);
  RETURN NULL;
END $$;
CREATE TRIGGER kill_switch_audited AFTER UPDATE ON kill_switch FOR EACH ROW EXECUTE FUNCTION audit_kill_switch();

-- Imports do not say who ran them: the connection does, where the program has told it.
CREATE FUNCTION audit_import() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_entry (actor, act, object, after_sha256)
  VALUES (coalesce(nullif(current_setting('rollcall.actor', true), ''), session_user::text),
    CASE TG_TABLE_NAME WHEN 'source' THEN 'import congress data' ELSE 'import subscribers' END,
    TG_TABLE_NAME || '/' || NEW.id, sha256(convert_to(NEW::text, 'UTF8')));
  RETURN NULL;
END $$;
CREATE TRIGGER subscriber_import_audited AFTER INSERT ON subscriber_import FOR EACH ROW EXECUTE FUNCTION audit_import();
CREATE TRIGGER source_audited AFTER INSERT ON source FOR EACH ROW EXECUTE FUNCTION audit_import();
