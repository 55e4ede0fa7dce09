-- Who may come in: people with accounts, their sessions, and the links that let them in or back in.
CREATE TABLE account (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE CHECK (email = lower(email) AND email ~ '^[^[:space:]]+@[^[:space:]]+$' AND octet_length(email) <= 254),
  name text NOT NULL CHECK (name <> '' AND char_length(name) <= 80 AND name !~ '[[:cntrl:]]'),
  role text NOT NULL CHECK (role IN ('viewer', 'author', 'approver', 'compliance', 'admin')),
  password_hash text NOT NULL,
  totp_secret bytea, -- sealed with a key of the installation; there from the start of an enrolment
  totp_since timestamptz, -- when its first code was right: from then on it is asked for
  totp_step bigint, -- the last time step whose code was used: none works twice
  recovery_codes bytea[] NOT NULL DEFAULT '{}', -- SHA-256 of those not used yet
  made_at timestamptz NOT NULL,
  made_by text NOT NULL,
  disabled_at timestamptz,
  CHECK (totp_since IS NULL OR totp_secret IS NOT NULL)
);

-- A browser somebody is signed in with, or on the way to it. Only the hash of its cookie is here.
CREATE TABLE session (
  token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
  account_id bigint NOT NULL REFERENCES account ON DELETE CASCADE,
  stage text NOT NULL CHECK (stage IN ('code', 'enrolment', 'whole')), -- what is still missing: a code, a second factor at all, nothing
  browser text NOT NULL DEFAULT '' CHECK (char_length(browser) <= 60),
  notice text CHECK (char_length(notice) <= 500), -- what the next page says once
  made_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > made_at)
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expired ON session (expires_at);

-- A link that works once: an invitation, or a new password.
CREATE TABLE account_link (
  token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
  kind text NOT NULL CHECK (kind IN ('invitation', 'reset')),
  account_id bigint REFERENCES account ON DELETE CASCADE,
  email text,
  role text CHECK (role IN ('viewer', 'author', 'approver', 'compliance', 'admin')),
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > made_at),
  used_at timestamptz,
  CHECK ((kind = 'invitation') = (email IS NOT NULL AND role IS NOT NULL)),
  CHECK ((kind = 'reset') = (account_id IS NOT NULL))
);
CREATE INDEX account_link_expired ON account_link (expires_at);

-- Wrong passwords and codes, by what they were tried with: each further one has to wait longer (threat T17).
CREATE TABLE failed_try (
  key bytea PRIMARY KEY CHECK (octet_length(key) = 32), -- keyed hash of an e-mail address, a browser, or a network
  failures integer NOT NULL CHECK (failures >= 0),
  last_at timestamptz NOT NULL
);
CREATE INDEX failed_try_old ON failed_try (last_at);
