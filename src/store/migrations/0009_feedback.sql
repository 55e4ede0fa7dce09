-- What comes back: mails and provider events as they came, what they report, what needs a person.

-- A returned mail. Its bytes hold addresses and go after a while; what was read of it stays.
CREATE TABLE feedback_mail (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256 bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32), -- of recipient and bytes: the same mail twice is one
  source text NOT NULL CHECK (source IN ('smtp', 'cli', 'imap')),
  envelope_to text, -- as the sending server gave it; it holds our token
  raw bytea,
  raw_until timestamptz,
  received_at timestamptz NOT NULL,
  applied_at timestamptz, -- null: stored, and still to be read
  CHECK ((raw IS NULL) = (raw_until IS NULL)),
  CHECK (raw IS NOT NULL OR applied_at IS NOT NULL)
);
CREATE INDEX feedback_mail_waiting ON feedback_mail (id) WHERE applied_at IS NULL;
CREATE INDEX feedback_mail_raw ON feedback_mail (raw_until) WHERE raw IS NOT NULL;

-- What a mail says of one recipient, and what followed from it.
CREATE TABLE feedback_report (
  mail_id bigint REFERENCES feedback_mail,
  place integer CHECK (place >= 0), -- in the mail
  kind text NOT NULL CHECK (kind IN ('bounce', 'delayed', 'complaint', 'auto_reply', 'other')),
  class text CHECK (class IN ('hard', 'soft', 'block', 'content', 'config', 'unknown')),
  recipient_key bytea CHECK (octet_length(recipient_key) = 32), -- whom it names, as a keyed hash
  status text,
  reply text,
  sentence text NOT NULL,
  delivery_id bigint, -- no foreign key: old campaigns may go
  campaign_id text,
  proof text CHECK (proof IN ('address', 'envelope_id', 'header', 'message_id')), -- what of ours it carried; without it nothing follows
  outcome text NOT NULL, -- one word: what was done, or why nothing
  reported_at timestamptz NOT NULL,
  PRIMARY KEY (mail_id, place),
  CHECK ((delivery_id IS NULL) = (campaign_id IS NULL)),
  CHECK (proof IS NULL OR delivery_id IS NOT NULL)
);
CREATE INDEX feedback_report_campaign ON feedback_report (campaign_id, kind) WHERE campaign_id IS NOT NULL;
CREATE INDEX feedback_report_recipient ON feedback_report (recipient_key) WHERE recipient_key IS NOT NULL;

-- Refusals that are no address's fault: one line a campaign and class, for the operator.
CREATE TABLE feedback_alarm (
  campaign_id text REFERENCES campaign,
  class text CHECK (class IN ('block', 'content', 'config')),
  count integer NOT NULL CHECK (count >= 1),
  sentence text NOT NULL, -- the last one
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (campaign_id, class)
);

-- Events of SendGrid as they came, in any order and more than once.
CREATE TABLE sendgrid_event (
  sg_event_id text PRIMARY KEY CHECK (length(sg_event_id) BETWEEN 1 AND 100),
  event text NOT NULL,
  occurred_at timestamptz NOT NULL,
  delivery_id bigint, -- our custom argument, where it is one
  body jsonb, -- holds addresses, and goes after a while
  body_until timestamptz,
  received_at timestamptz NOT NULL,
  applied_at timestamptz,
  outcome text,
  CHECK ((body IS NULL) = (body_until IS NULL)),
  CHECK ((applied_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX sendgrid_event_waiting ON sendgrid_event (received_at, sg_event_id) WHERE applied_at IS NULL;
CREATE INDEX sendgrid_event_delivery ON sendgrid_event (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX sendgrid_event_body ON sendgrid_event (body_until) WHERE body IS NOT NULL;
