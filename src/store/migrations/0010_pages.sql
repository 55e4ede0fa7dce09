-- What subscriber pages write down: one-use links, wishes, forwards, and how often each may be asked for.

-- A link that went to a mailbox and does one thing once. The token itself is in the mail alone.
CREATE TABLE page_link (
  token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
  act text NOT NULL CHECK (act IN ('undo', 'edit', 'new_address', 'join', 'refuse_forwards')),
  address_key bytea NOT NULL CHECK (octet_length(address_key) = 32), -- of the mailbox it went to
  subscriber_id bigint REFERENCES subscriber ON DELETE CASCADE, -- null: nobody yet
  detail jsonb NOT NULL DEFAULT '{}', -- what it is to do; emptied when it has been done
  made_at timestamptz NOT NULL,
  expires_at timestamptz, -- null: never
  used_at timestamptz,
  CHECK (expires_at > made_at),
  CHECK (used_at IS NULL OR detail = '{}'),
  CHECK ((subscriber_id IS NULL) = (act IN ('join', 'refuse_forwards'))),
  CHECK ((expires_at IS NULL) = (act = 'refuse_forwards'))
);
CREATE INDEX page_link_expired ON page_link (expires_at);
CREATE INDEX page_link_subscriber ON page_link (subscriber_id);

-- What a person does not want although they stay on the list. The end of it all is a suppression, not this.
CREATE TABLE subscriber_wish (
  subscriber_id bigint PRIMARY KEY REFERENCES subscriber ON DELETE CASCADE,
  topics_off text[] NOT NULL DEFAULT '{}' CHECK (topics_off <@ ARRAY['advocacy', 'fundraising', 'commercial']), -- purposes of campaigns
  paused_until timestamptz,
  changed_at timestamptz NOT NULL
);

-- Who forwarded what, and to which mailbox by its keyed hash: the address itself is never written down (threat T12).
CREATE TABLE forward (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  subscriber_id bigint NOT NULL REFERENCES subscriber ON DELETE CASCADE,
  friend_key bytea NOT NULL CHECK (octet_length(friend_key) = 32),
  at timestamptz NOT NULL
);
CREATE INDEX forward_subscriber ON forward (subscriber_id, at);
CREATE INDEX forward_friend ON forward (friend_key, campaign_id);

-- How often a mail was asked for on one day (UTC): a row counts up to its limit and no further (threat T22).
CREATE TABLE page_allowance (
  what text NOT NULL CHECK (what IN ('join', 'edit', 'undo', 'new_address')),
  address_key bytea NOT NULL CHECK (octet_length(address_key) = 32),
  day date NOT NULL,
  used integer NOT NULL CHECK (used >= 1),
  PRIMARY KEY (what, address_key, day)
);
CREATE INDEX page_allowance_day ON page_allowance (day);
