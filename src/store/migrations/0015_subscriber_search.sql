-- What finds one person among a million: beginnings of an address, a domain, a last name, a ZIP. The collation is that of bytes,
-- so that one index serves both "begins with" and the order of a list, in which the id makes each place a single one.
CREATE INDEX subscriber_by_address ON subscriber (lower(address) COLLATE "C", id);
CREATE INDEX subscriber_by_domain ON subscriber (domain COLLATE "C");
CREATE INDEX subscriber_by_last_name ON subscriber (lower(last_name) COLLATE "C", id);
CREATE INDEX subscriber_by_zip ON subscriber ((zip::text) COLLATE "C");

-- Whoever is on a break: few at any time.
CREATE INDEX subscriber_wish_paused ON subscriber_wish (paused_until) WHERE paused_until IS NOT NULL;

-- The ZIPs of a state, by way of its seats.
CREATE INDEX zip_seat_seat ON zip_seat (seat_id, zip);
