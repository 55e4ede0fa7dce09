-- Every request to be left alone: when it came, when it took effect. Append-only.
CREATE TABLE opt_out (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  address_key bytea NOT NULL CHECK (octet_length(address_key) = 32),
  delivery_id bigint, -- the message that it answers, where it is known
  channel text NOT NULL CHECK (channel IN ('one_click', 'page', 'mailto', 'reply', 'complaint', 'console', 'cli')),
  requested_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  CHECK (effective_at >= requested_at)
);
CREATE INDEX opt_out_address ON opt_out (address_key);
CREATE INDEX opt_out_requested ON opt_out (requested_at);
CREATE TRIGGER opt_out_append_only BEFORE UPDATE OR DELETE ON opt_out FOR EACH ROW EXECUTE FUNCTION refuse_change();
