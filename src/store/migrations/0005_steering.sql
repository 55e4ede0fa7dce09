-- Steering the send: transports in order, throttles and connections shared by all workers, canary.

-- Which transports a campaign may use, best first. One alone pins it.
ALTER TABLE campaign ADD COLUMN transports text[];
UPDATE campaign SET transports = ARRAY[transport] WHERE transport IS NOT NULL;
ALTER TABLE campaign DROP COLUMN transport;
-- Claims take deliveries of the shards below open_shards: until the canary has shown that all is well, only the first ones.
ALTER TABLE campaign ADD COLUMN open_shards integer;
UPDATE campaign SET open_shards = shards;
ALTER TABLE campaign ADD COLUMN canary integer NOT NULL DEFAULT 0 CHECK (canary >= 0); -- deliveries that go first
ALTER TABLE campaign ADD COLUMN canary_wait_minutes integer NOT NULL DEFAULT 0 CHECK (canary_wait_minutes >= 0); -- bounces come late
ALTER TABLE campaign ADD COLUMN canary_done_at timestamptz; -- when all of them had been tried
ALTER TABLE campaign ADD CHECK ((launched_at IS NULL) OR (transports IS NOT NULL AND cardinality(transports) >= 1 AND open_shards IS NOT NULL AND open_shards BETWEEN 1 AND shards));

-- Which of the large mailbox providers receives it: throttles count by it.
ALTER TABLE delivery ADD COLUMN provider text NOT NULL DEFAULT 'other'
  CHECK (provider IN ('google', 'microsoft', 'yahoo', 'apple', 'other'));

-- The circuit breaker of a transport: failures since it last carried a message; the pause grows with them.
ALTER TABLE lane DROP COLUMN next_slot_at;
ALTER TABLE lane ADD COLUMN failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0);

-- One row a limit: 'transport/smtp', 'provider/smtp/google', 'campaign/ID'. The claim takes from it what it claims.
CREATE TABLE throttle (
  key text PRIMARY KEY CHECK (key ~ '^(transport|provider|campaign)/.'),
  per_second double precision CHECK (per_second > 0), -- what may go now; null: no limit but the day's
  ceiling double precision CHECK (ceiling > 0), -- what the settings allow; null: no limit
  tokens double precision NOT NULL DEFAULT 1, -- messages that may go at once, at filled_at
  filled_at timestamptz NOT NULL DEFAULT 'epoch',
  per_day integer CHECK (per_day > 0),
  day date NOT NULL DEFAULT 'epoch', -- UTC; used_today counts for it
  used_today integer NOT NULL DEFAULT 0 CHECK (used_today >= 0),
  slowed_at timestamptz, -- when a receiver last wanted us slower
  eased_at timestamptz, -- when we last went faster again
  slow_reason text,
  CHECK (per_second IS NOT NULL OR per_day IS NOT NULL),
  CHECK (ceiling IS NULL OR per_second <= ceiling),
  CHECK ((slowed_at IS NULL) = (slow_reason IS NULL))
);

-- Worker processes that are alive, and which connections of a transport each may hold open.
CREATE TABLE worker (
  id text PRIMARY KEY,
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL
);
CREATE TABLE connection_slot (
  transport text,
  slot integer CHECK (slot >= 1),
  worker_id text REFERENCES worker ON DELETE SET NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (transport, slot)
);

-- The claim and the settle find their rows by key; stops by thresholds count what bounced.
DROP INDEX delivery_trouble;
CREATE INDEX delivery_trouble ON delivery (campaign_id, state) WHERE state IN ('failed', 'in_doubt', 'bounced');
