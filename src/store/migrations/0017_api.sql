-- Keys that programs call the API with. Only the hash of a key is here; what it may do ends with what its owner may do.
CREATE TABLE api_key (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(key_sha256) = 32),
  hint text NOT NULL CHECK (hint ~ '^[A-Za-z0-9_-]{4}$'), -- its last characters, to tell keys apart
  name text NOT NULL CHECK (name <> '' AND char_length(name) <= 80 AND name !~ '[[:cntrl:]]'),
  owner bigint NOT NULL REFERENCES account ON DELETE CASCADE,
  scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 50),
  made_at timestamptz NOT NULL,
  made_by text NOT NULL CHECK (made_by <> ''),
  expires_at timestamptz CHECK (expires_at > made_at),
  last_used_on date, -- the day is enough to find keys that nobody needs
  revoked_at timestamptz,
  revoked_by text,
  CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX api_key_owner ON api_key (owner);

-- Calls that must not happen twice: what was asked, and what was answered. Kept for a day.
CREATE TABLE api_call (
  key_id bigint NOT NULL REFERENCES api_key ON DELETE CASCADE,
  idempotency_key text NOT NULL CHECK (char_length(idempotency_key) BETWEEN 1 AND 255),
  operation text NOT NULL,
  lease_until timestamptz NOT NULL, -- a process that died holds its call no longer
  fence uuid NOT NULL, -- which try it is
  request_sha256 bytea CHECK (octet_length(request_sha256) = 32),
  status integer CHECK (status BETWEEN 200 AND 299),
  content_type text,
  body text, -- null where an answer held personal data: it is not kept
  made_at timestamptz NOT NULL DEFAULT now(),
  answered_at timestamptz,
  PRIMARY KEY (key_id, idempotency_key),
  CHECK ((answered_at IS NULL) = (status IS NULL)),
  CHECK (answered_at IS NULL OR request_sha256 IS NOT NULL),
  CHECK (body IS NULL OR content_type IS NOT NULL)
);
CREATE INDEX api_call_old ON api_call (made_at);

-- How often a key has called in the present minute. A crash may forget it: no harm, and no write to the log.
CREATE UNLOGGED TABLE api_budget (
  key_id bigint PRIMARY KEY,
  window_at timestamptz NOT NULL,
  used integer NOT NULL CHECK (used >= 0)
);
