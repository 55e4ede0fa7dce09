-- Who holds which seat of Congress, which ZIP belongs to which seat, and how everyone voted.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE DOMAIN zip5 AS text CHECK (VALUE ~ '^[0-9]{5}$');

-- A file that was imported: where it came from and what it was.
CREATE TABLE source (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  url text NOT NULL,
  licence text NOT NULL,
  vintage text NOT NULL,
  sha256 text NOT NULL,
  imported_at timestamptz NOT NULL
);

CREATE TABLE jurisdiction (
  usps text PRIMARY KEY CHECK (usps ~ '^[A-Z]{2}$'),
  fips text NOT NULL UNIQUE,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('state', 'dc', 'territory'))
);

CREATE TABLE seat (
  id text PRIMARY KEY, -- US-H-AZ-08, US-H-VT-00, US-S-AZ-3
  chamber text NOT NULL CHECK (chamber IN ('house', 'senate')),
  usps text NOT NULL REFERENCES jurisdiction,
  district smallint CHECK (district >= 0), -- 0 = at-large or delegate
  class smallint CHECK (class BETWEEN 1 AND 3),
  voting boolean NOT NULL, -- false for delegates
  CHECK ((chamber = 'house') = (district IS NOT NULL) AND (chamber = 'senate') = (class IS NOT NULL)),
  CHECK (id = CASE chamber
    WHEN 'house' THEN 'US-H-' || usps || '-' || lpad(district::text, 2, '0')
    ELSE 'US-S-' || usps || '-' || class::text END)
);

CREATE TABLE district_map (
  id text PRIMARY KEY, -- the Congress it was drawn for: '115'
  valid daterange NOT NULL,
  EXCLUDE USING gist (valid WITH &&)
);

CREATE TABLE zip_seat (
  map_id text REFERENCES district_map,
  zip zip5,
  seat_id text REFERENCES seat,
  source_id bigint NOT NULL REFERENCES source,
  share numeric CHECK (share > 0 AND share <= 1),
  share_kind text CHECK (share_kind IN ('land', 'residential')),
  PRIMARY KEY (map_id, zip, seat_id),
  CHECK ((share IS NULL) = (share_kind IS NULL))
);

-- ZIPs that are mailed to but have no area (PO boxes, single buildings): only the state is known.
CREATE TABLE zip_state (
  zip zip5,
  usps text REFERENCES jurisdiction,
  source_id bigint NOT NULL REFERENCES source,
  PRIMARY KEY (zip, usps)
);

-- ZIPs without any member of Congress to be told about.
CREATE TABLE zip_special (
  zip zip5 PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('military', 'freely_associated'))
);

CREATE TABLE legislator (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bioguide text NOT NULL UNIQUE,
  first_name text NOT NULL,
  last_name text NOT NULL,
  nickname text,
  suffix text,
  official_full text
);

CREATE TABLE legislator_alias (
  scheme text CHECK (scheme IN ('bioguide', 'lis', 'govtrack', 'icpsr')),
  value text,
  legislator_id bigint NOT NULL REFERENCES legislator,
  PRIMARY KEY (scheme, value)
);

CREATE TABLE term (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  legislator_id bigint NOT NULL REFERENCES legislator,
  seat_id text NOT NULL REFERENCES seat,
  during daterange NOT NULL CHECK (NOT isempty(during)), -- [start, end)
  end_basis text NOT NULL CHECK (end_basis IN ('scheduled', 'observed', 'successor', 'manual')),
  how text,
  source_id bigint NOT NULL REFERENCES source,
  EXCLUDE USING gist (seat_id WITH =, during WITH &&),
  EXCLUDE USING gist (legislator_id WITH =, during WITH &&)
);

CREATE TABLE term_party (
  term_id bigint REFERENCES term ON DELETE CASCADE,
  from_date date,
  party text NOT NULL,
  caucus text,
  PRIMARY KEY (term_id, from_date)
);

CREATE TABLE roll_call (
  id text PRIMARY KEY, -- h708-115.2017
  chamber text NOT NULL CHECK (chamber IN ('house', 'senate')),
  congress smallint NOT NULL,
  session smallint NOT NULL,
  number integer NOT NULL,
  held_at timestamptz NOT NULL,
  held_on date NOT NULL GENERATED ALWAYS AS ((held_at AT TIME ZONE 'America/New_York')::date) STORED,
  question text NOT NULL,
  vote_type text NOT NULL,
  requirement text,
  result text NOT NULL,
  category text,
  bill text, -- hr1370-115
  official_totals jsonb NOT NULL,
  tie_breaker text CHECK (tie_breaker IN ('yea', 'nay')),
  source_url text,
  source_modified_at timestamptz,
  content_sha256 text NOT NULL,
  source_id bigint NOT NULL REFERENCES source,
  UNIQUE (chamber, congress, session, number)
);

CREATE TABLE position (
  roll_call_id text REFERENCES roll_call,
  legislator_id bigint REFERENCES legislator,
  seat_id text NOT NULL REFERENCES seat,
  option text NOT NULL CHECK (option IN ('yea', 'nay', 'present', 'not_voting', 'guilty', 'not_guilty', 'candidate')),
  option_raw text NOT NULL,
  candidate_name text CHECK ((candidate_name IS NOT NULL) = (option = 'candidate')),
  party text NOT NULL,
  state_raw text NOT NULL,
  PRIMARY KEY (roll_call_id, legislator_id),
  UNIQUE (roll_call_id, seat_id)
);

-- The lines of a roll call's latest file that have no seat: their id is unknown, or nobody of that id served.
CREATE TABLE quarantined_position (
  roll_call_id text REFERENCES roll_call,
  member_id text, -- as the file has it
  option text NOT NULL CHECK (option IN ('yea', 'nay', 'present', 'not_voting', 'guilty', 'not_guilty', 'candidate')),
  option_raw text NOT NULL,
  candidate_name text CHECK ((candidate_name IS NOT NULL) = (option = 'candidate')),
  party text NOT NULL,
  state_raw text NOT NULL,
  display_name text NOT NULL,
  PRIMARY KEY (roll_call_id, member_id)
);

-- What an import could not take at face value: blocking issues stop every campaign that uses the roll call.
CREATE TABLE import_issue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id bigint REFERENCES source,
  roll_call_id text,
  code text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('blocking', 'warning')),
  detail jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  resolution text,
  CHECK ((resolved_at IS NULL) = (resolution IS NULL))
);
CREATE INDEX import_issue_open ON import_issue (roll_call_id) WHERE resolved_at IS NULL;
