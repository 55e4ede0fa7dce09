-- What a campaign is for decides whether somebody who left a topic gets it.
ALTER TABLE campaign ADD COLUMN purpose text NOT NULL DEFAULT 'advocacy'
  CHECK (purpose IN ('advocacy', 'fundraising', 'commercial', 'transactional'));
