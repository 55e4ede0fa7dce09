-- Who wrote a revision; null for those that were written before it was noted.
ALTER TABLE campaign_revision ADD COLUMN author text CHECK (author <> '');

-- Campaigns, newest first, a page at a time.
CREATE INDEX campaign_newest ON campaign (created_at DESC, id DESC);

-- How many deliveries of a campaign were in each state when they were last counted: a list of campaigns cannot count millions.
CREATE TABLE campaign_figure (
  campaign_id text PRIMARY KEY REFERENCES campaign ON DELETE CASCADE,
  deliveries jsonb NOT NULL, -- {"sent": 998000, "bounced": 2000}
  recent integer NOT NULL CHECK (recent >= 0), -- sent in the last ten seconds
  counted_at timestamptz NOT NULL
);

-- Previews of text that is not saved, for the page that shows them. Only who knows the random id can read one: the key is made of it.
CREATE TABLE kept_preview (
  id_sha256 bytea PRIMARY KEY CHECK (octet_length(id_sha256) = 32),
  account_id text NOT NULL,
  sealed bytea NOT NULL,
  kept_until timestamptz NOT NULL
);
CREATE INDEX kept_preview_account ON kept_preview (account_id, kept_until);
CREATE INDEX kept_preview_until ON kept_preview (kept_until);
