-- Lists that came through the console: the file lies in ROLLCALL_HOME, here is what is done with it and how far it is.
CREATE TABLE upload (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_name text NOT NULL CHECK (file_name <> '' AND char_length(file_name) <= 200), -- as the person calls it
  stored_as text NOT NULL UNIQUE CHECK (stored_as ~ '^[a-z0-9]+$'), -- the name in our folder, which tells nothing
  home text NOT NULL, -- whose folder: processes on another machine cannot see the file
  bytes bigint NOT NULL CHECK (bytes >= 0),
  state text NOT NULL DEFAULT 'uploaded'
    CHECK (state IN ('uploaded', 'checking', 'checked', 'importing', 'imported', 'failed', 'discarded')),
  options jsonb NOT NULL DEFAULT '{}', -- which column is which field, the source, zeros of ZIPs, end of an implied consent
  uploaded_by text NOT NULL CHECK (uploaded_by <> ''),
  uploaded_at timestamptz NOT NULL,
  actor text, -- who asked for the step that is running, or ran last
  changed_at timestamptz NOT NULL, -- when the state became what it is
  rows_read bigint NOT NULL DEFAULT 0 CHECK (rows_read >= 0),
  rows_rejected bigint NOT NULL DEFAULT 0 CHECK (rows_rejected >= 0),
  bytes_read bigint NOT NULL DEFAULT 0 CHECK (bytes_read >= 0),
  is_writing boolean NOT NULL DEFAULT false, -- all is read; the database takes it
  runs integer NOT NULL DEFAULT 0 CHECK (runs >= 0), -- how often the running step was begun: more than once after a restart
  run text, -- of the process that works on it
  lease_until timestamptz, -- from then on another may
  report jsonb,
  problem text, -- why it failed, and what to do
  import_id bigint REFERENCES subscriber_import,
  is_cleared boolean NOT NULL DEFAULT false, -- its files, and what the report quotes of them, are gone
  CHECK ((run IS NULL) = (lease_until IS NULL)),
  CHECK (run IS NULL OR state IN ('checking', 'importing')),
  CHECK ((state = 'failed') = (problem IS NOT NULL)),
  CHECK (state NOT IN ('checked', 'imported') OR report IS NOT NULL),
  CHECK ((state = 'imported') = (import_id IS NOT NULL)),
  CHECK (state NOT IN ('checking', 'importing') OR actor IS NOT NULL)
);
CREATE INDEX upload_running ON upload (home, id) WHERE state IN ('checking', 'importing');
CREATE INDEX upload_kept ON upload (changed_at) WHERE NOT is_cleared;
