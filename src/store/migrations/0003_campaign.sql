-- What is sent: a template, its roll calls and rules, and the variants frozen at launch.
CREATE TABLE campaign (
  id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{2,60}$'),
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'approved', 'scheduled', 'sending', 'paused', 'finished', 'cancelled')),
  revision integer NOT NULL CHECK (revision >= 1),
  audience integer CHECK (audience >= 0),
  shards integer CHECK (shards >= 1),
  transport text CHECK (transport IN ('smtp', 'sendgrid', 'file')),
  doubt_policy text NOT NULL DEFAULT 'hold' CHECK (doubt_policy IN ('hold', 'resend')),
  pause_reason text,
  created_at timestamptz NOT NULL,
  approved_at timestamptz,
  approved_by text,
  approved_hash text, -- content hash of the approved revision
  launch_at timestamptz, -- when a scheduled campaign launches
  launch_expect integer, -- the audience the operator typed when scheduling
  launched_at timestamptz,
  expires_at timestamptz, -- nothing is sent after this
  finished_at timestamptz,
  CHECK ((approved_at IS NULL) = (approved_by IS NULL) AND (approved_at IS NULL) = (approved_hash IS NULL)),
  CHECK (state NOT IN ('approved', 'scheduled', 'sending', 'paused', 'finished') OR approved_at IS NOT NULL),
  CHECK (state <> 'draft' OR approved_at IS NULL),
  CHECK (state <> 'scheduled' OR launch_at IS NOT NULL),
  CHECK (state NOT IN ('sending', 'paused', 'finished') OR launched_at IS NOT NULL),
  CHECK ((launched_at IS NULL) = (audience IS NULL) AND (launched_at IS NULL) = (shards IS NULL)),
  CHECK ((state IN ('finished', 'cancelled')) = (finished_at IS NOT NULL)),
  CHECK (pause_reason IS NULL OR state = 'paused')
);

-- The template folder as it was read: workers on other machines have no such folder.
CREATE TABLE campaign_revision (
  campaign_id text REFERENCES campaign ON DELETE CASCADE,
  revision integer CHECK (revision >= 1),
  files jsonb NOT NULL, -- {"campaign.yaml": "...", "body.mjml": "...", ...}
  content_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (campaign_id, revision)
);

CREATE TABLE campaign_roll_call (
  campaign_id text REFERENCES campaign ON DELETE CASCADE,
  roll_call_id text REFERENCES roll_call,
  chamber text NOT NULL CHECK (chamber IN ('house', 'senate')),
  role text NOT NULL CHECK (role IN ('primary', 'secondary')),
  frozen_sha256 text, -- content hash of the roll call at launch
  PRIMARY KEY (campaign_id, roll_call_id)
);
CREATE UNIQUE INDEX one_primary_per_chamber ON campaign_roll_call (campaign_id, chamber) WHERE role = 'primary';

CREATE TABLE stance_rule (
  campaign_id text,
  roll_call_id text,
  option text,
  candidate_name text NOT NULL DEFAULT '',
  stance text NOT NULL CHECK (stance IN ('champion', 'opponent', 'neutral', 'absent')),
  PRIMARY KEY (campaign_id, roll_call_id, option, candidate_name),
  FOREIGN KEY (campaign_id, roll_call_id) REFERENCES campaign_roll_call ON DELETE CASCADE
);

CREATE TABLE stance_override (
  campaign_id text REFERENCES campaign ON DELETE CASCADE,
  legislator_id bigint REFERENCES legislator,
  stance text NOT NULL CHECK (stance IN ('champion', 'opponent', 'neutral', 'absent')),
  reason text NOT NULL CHECK (reason <> ''),
  set_by text NOT NULL,
  set_at timestamptz NOT NULL,
  PRIMARY KEY (campaign_id, legislator_id)
);

-- Every combination of seats that the audience can have, with the facts as they were at launch.
CREATE TABLE campaign_variant (
  campaign_id text REFERENCES campaign ON DELETE CASCADE,
  variant integer CHECK (variant >= 0),
  candidates text NOT NULL, -- House seats in order, comma-separated; empty: none known
  outcome text NOT NULL CHECK (outcome IN ('all_champions', 'all_opponents', 'mixed', 'some_champions', 'some_opponents',
    'none_voted', 'no_vote', 'ambiguous', 'unresolved')),
  skip_reason text CHECK (skip_reason IN ('ambiguous', 'unresolved')), -- the policy says not to write
  match jsonb NOT NULL,
  PRIMARY KEY (campaign_id, variant),
  UNIQUE (campaign_id, candidates)
);

CREATE TABLE campaign_zip (
  campaign_id text,
  zip zip5,
  variant integer NOT NULL,
  PRIMARY KEY (campaign_id, zip),
  FOREIGN KEY (campaign_id, variant) REFERENCES campaign_variant ON DELETE CASCADE
);

-- Who did what to a campaign, in order.
CREATE TABLE campaign_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign ON DELETE CASCADE,
  act text NOT NULL,
  actor text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL
);
CREATE INDEX campaign_event_campaign ON campaign_event (campaign_id, id);
