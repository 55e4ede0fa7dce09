-- The ledger: one row for every subscriber of a launched campaign, and one row for every attempt.
-- Every key starts with campaign_id, so that the table can be partitioned by campaign.
CREATE TABLE delivery (
  campaign_id text NOT NULL REFERENCES campaign,
  id bigint GENERATED ALWAYS AS IDENTITY,
  subscriber_id bigint NOT NULL, -- no foreign key: the ledger outlives an erased subscriber
  address_key bytea NOT NULL CHECK (octet_length(address_key) = 32),
  zip zip5,
  variant integer NOT NULL,
  shard integer NOT NULL CHECK (shard >= 0),
  state text NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'deferred', 'bounced', 'failed', 'skipped', 'in_doubt')),
  reason text, -- why skipped, deferred, bounced, failed or in doubt: one word
  attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0), -- attempts charged to the delivery
  fence bigint NOT NULL DEFAULT 0, -- rises with each claim: a settle with an older one is refused
  lease_until timestamptz,
  next_at timestamptz, -- when a pending or deferred delivery is due
  message_id text,
  raw_sha256 bytea CHECK (octet_length(raw_sha256) = 32),
  transport text,
  reply text, -- the last thing the receiver said
  sent_at timestamptz,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (campaign_id, id),
  UNIQUE (campaign_id, address_key),
  FOREIGN KEY (campaign_id, variant) REFERENCES campaign_variant,
  CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
  CHECK ((state IN ('pending', 'deferred')) = (next_at IS NOT NULL)),
  CHECK ((state = 'sent') <= (sent_at IS NOT NULL)),
  CHECK (state NOT IN ('skipped', 'deferred', 'bounced', 'failed', 'in_doubt') OR reason IS NOT NULL)
);
CREATE INDEX delivery_due ON delivery (campaign_id, shard, next_at, id) WHERE state IN ('pending', 'deferred');
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_trouble ON delivery (campaign_id, state) WHERE state IN ('failed', 'in_doubt');
CREATE UNIQUE INDEX delivery_id ON delivery (id); -- tokens carry the delivery alone

CREATE TABLE attempt (
  campaign_id text NOT NULL,
  delivery_id bigint NOT NULL,
  fence bigint NOT NULL,
  number integer NOT NULL CHECK (number >= 0),
  transport text NOT NULL,
  ending text NOT NULL CHECK (ending IN ('sent', 'deferred', 'bounced', 'failed', 'skipped', 'in_doubt', 'released')),
  reply_code integer,
  reply_text text,
  sentence text NOT NULL, -- for the operator
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  PRIMARY KEY (campaign_id, delivery_id, fence),
  FOREIGN KEY (campaign_id, delivery_id) REFERENCES delivery
);

-- A transport that refuses us pauses for everyone: no attempt is spent, the operator is told.
CREATE TABLE lane (
  transport text PRIMARY KEY,
  paused_until timestamptz,
  pause_reason text,
  next_slot_at timestamptz NOT NULL DEFAULT '-infinity', -- the throttle: when the next message may go
  CHECK ((paused_until IS NULL) = (pause_reason IS NULL))
);

-- One row: true stops every claim of every campaign.
CREATE TABLE kill_switch (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  engaged boolean NOT NULL DEFAULT false,
  reason text NOT NULL DEFAULT '',
  set_by text NOT NULL DEFAULT '',
  set_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO kill_switch DEFAULT VALUES;
