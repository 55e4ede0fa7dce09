-- What MJML made of a template: the check converts it, and no worker needs to again (it takes a second and 150 MB).
CREATE TABLE converted_mjml (
  source_sha256 bytea PRIMARY KEY CHECK (octet_length(source_sha256) = 32), -- of the converter's version and the source
  html text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
