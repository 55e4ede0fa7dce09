-- Segments, launches that can be taken back, and what the live page, the report and the home page look up.

-- A saved filter over subscribers. A campaign has a copy of its own: changing this one changes no campaign.
CREATE TABLE segment (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 80),
  rules jsonb NOT NULL CHECK (jsonb_typeof(rules) = 'object' AND rules <> '{}'),
  set_by text NOT NULL,
  set_at timestamptz NOT NULL
);
ALTER TABLE campaign ADD COLUMN segment jsonb CHECK (jsonb_typeof(segment) = 'object' AND segment <> '{}'); -- null: everyone
-- How a scheduled launch is to go: transports, canary. Null: as the settings say.
ALTER TABLE campaign ADD COLUMN launch_wish jsonb CHECK (jsonb_typeof(launch_wish) = 'object');

-- Counts of a campaign as somebody took them last: a million deliveries are not counted for every look at a page.
CREATE TABLE campaign_breakdown (
  campaign_id text REFERENCES campaign ON DELETE CASCADE,
  kind text CHECK (kind IN ('report', 'domains')),
  figures jsonb NOT NULL,
  taken_at timestamptz NOT NULL,
  took_ms integer NOT NULL CHECK (took_ms >= 0),
  PRIMARY KEY (campaign_id, kind)
);

-- Lists what ended badly or not at all, page by page. What is sent or pending is found by the ids of its variants.
DROP INDEX delivery_trouble;
CREATE INDEX delivery_trouble ON delivery (campaign_id, state, reason, id)
  WHERE state IN ('failed', 'in_doubt', 'bounced', 'skipped', 'deferred');

-- Attempts are written in the order of time: the rate of the last minutes is in the last blocks of the table.
CREATE INDEX attempt_ended ON attempt USING brin (ended_at) WITH (pages_per_range = 32, autosummarize = on);
-- What went wrong of late, in sentences.
CREATE INDEX attempt_trouble ON attempt (campaign_id, ended_at DESC) WHERE ending IN ('deferred', 'bounced', 'failed', 'in_doubt');
