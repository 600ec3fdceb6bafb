-- The audit database, version 1. Never edited once released: a change is a new file v2-....sql.
-- The tables are Vigil's own; scripts read the views at the end, whose columns are a contract (interface.md).
-- Times are text, UTC, ISO 8601 with milliseconds. Digests are 64 lower-case hexadecimal digits.

-- One attempt to take one series through one rule. Open while outcome is NULL; sealed, once and for ever, when it is not.
CREATE TABLE run (
  id            TEXT PRIMARY KEY NOT NULL,
  series_uid    TEXT NOT NULL,
  study_uid     TEXT,
  rule          TEXT,
  outcome       TEXT CHECK (outcome IN ('segmented', 'unmatched', 'refused', 'failed')),
  error_stage   TEXT,
  error         TEXT,
  started_at    TEXT NOT NULL,
  finished_at   TEXT,
  seconds       REAL,
  input_sha256  TEXT CHECK (length(input_sha256) = 64),
  model_sha256  TEXT CHECK (length(model_sha256) = 64),
  output_folder TEXT,
  software      TEXT NOT NULL,
  host          TEXT NOT NULL,
  -- An earlier run of the same series, of which fewer or other instances had arrived.
  supersedes    TEXT REFERENCES run (id),
  CHECK ((outcome IS NULL) = (finished_at IS NULL) AND (outcome IS NULL) = (seconds IS NULL)),
  CHECK (outcome IS NOT NULL OR (error IS NULL AND error_stage IS NULL)),
  CHECK (outcome IS NOT 'segmented' OR (rule IS NOT NULL AND model_sha256 IS NOT NULL AND input_sha256 IS NOT NULL))
) STRICT;

-- The same work is sealed once. A failure is not work done: it may be tried again.
CREATE UNIQUE INDEX run_sealed_once
  ON run (series_uid, coalesce(rule, ''), coalesce(model_sha256, ''), coalesce(input_sha256, ''))
  WHERE outcome IN ('segmented', 'unmatched', 'refused');

CREATE INDEX run_series ON run (series_uid);
CREATE INDEX run_started ON run (started_at);
CREATE INDEX run_open ON run (id) WHERE outcome IS NULL;

CREATE TABLE stage (
  run_id     TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  ordinal    INTEGER NOT NULL,
  stage      TEXT NOT NULL,
  started_at TEXT NOT NULL,
  seconds    REAL NOT NULL CHECK (seconds >= 0),
  facts      TEXT NOT NULL CHECK (json_valid(facts)),
  PRIMARY KEY (run_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE file (
  id     INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  role   TEXT NOT NULL CHECK (role IN ('input', 'output', 'model', 'reference', 'rule')),
  path   TEXT NOT NULL,
  bytes  INTEGER NOT NULL CHECK (bytes >= 0),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  UNIQUE (run_id, role, path, sha256)
) STRICT;

CREATE INDEX file_sha256 ON file (sha256);

CREATE TABLE score (
  id                  INTEGER PRIMARY KEY,
  run_id              TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  reference_sha256    TEXT NOT NULL CHECK (length(reference_sha256) = 64),
  label               INTEGER NOT NULL,
  label_name          TEXT NOT NULL,
  dice                REAL CHECK (dice BETWEEN 0 AND 1),
  hd95_mm             REAL CHECK (hd95_mm >= 0),
  nsd_1mm             REAL CHECK (nsd_1mm BETWEEN 0 AND 1),
  volume_ml           REAL NOT NULL CHECK (volume_ml >= 0),
  reference_volume_ml REAL NOT NULL CHECK (reference_volume_ml >= 0),
  recorded_at         TEXT NOT NULL,
  UNIQUE (run_id, reference_sha256, label)
) STRICT;

-- sha256 is over previous_sha256 followed by the JSON object {"at","detail","id","kind","run_id"} (RFC 8785).
-- run_id is no foreign key: what is said of a run that was given up stays said.
CREATE TABLE event (
  id              INTEGER PRIMARY KEY,
  at              TEXT NOT NULL,
  run_id          TEXT,
  kind            TEXT NOT NULL,
  detail          TEXT NOT NULL CHECK (json_valid(detail)),
  previous_sha256 TEXT NOT NULL CHECK (length(previous_sha256) = 64),
  sha256          TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64)
) STRICT;

CREATE INDEX event_run ON event (run_id);

-- What may never change.
CREATE TRIGGER run_born_open BEFORE INSERT ON run WHEN NEW.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a run begins open'); END;

CREATE TRIGGER run_no_replace BEFORE INSERT ON run WHEN EXISTS (SELECT 1 FROM run WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'there is a run of that id'); END;

CREATE TRIGGER run_sealed_no_update BEFORE UPDATE ON run WHEN OLD.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the run is sealed'); END;

CREATE TRIGGER run_sealed_no_delete BEFORE DELETE ON run WHEN OLD.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the run is sealed'); END;

CREATE TRIGGER run_keeps_its_name BEFORE UPDATE OF id, series_uid, started_at ON run
BEGIN SELECT RAISE(ABORT, 'a run keeps its id, its series and its start'); END;

CREATE TRIGGER stage_sealed_no_insert BEFORE INSERT ON stage
WHEN (SELECT outcome FROM run WHERE id = NEW.run_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the run is sealed'); END;

CREATE TRIGGER stage_no_update BEFORE UPDATE ON stage
BEGIN SELECT RAISE(ABORT, 'stages are only added'); END;

CREATE TRIGGER stage_sealed_no_delete BEFORE DELETE ON stage
WHEN (SELECT outcome FROM run WHERE id = OLD.run_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the run is sealed'); END;

-- A mask may be supplied after the run was sealed.
CREATE TRIGGER file_sealed_no_insert BEFORE INSERT ON file
WHEN NEW.role <> 'reference' AND (SELECT outcome FROM run WHERE id = NEW.run_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the run is sealed'); END;

CREATE TRIGGER file_no_update BEFORE UPDATE ON file
BEGIN SELECT RAISE(ABORT, 'files are only added'); END;

CREATE TRIGGER file_sealed_no_delete BEFORE DELETE ON file
WHEN (SELECT outcome FROM run WHERE id = OLD.run_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the run is sealed'); END;

CREATE TRIGGER score_no_update BEFORE UPDATE ON score
BEGIN SELECT RAISE(ABORT, 'scores are only added'); END;

CREATE TRIGGER score_sealed_no_delete BEFORE DELETE ON score
WHEN (SELECT outcome FROM run WHERE id = OLD.run_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the run is sealed'); END;

CREATE TRIGGER event_only_next BEFORE INSERT ON event
WHEN NEW.id IS NOT coalesce((SELECT max(id) FROM event), 0) + 1
  OR NEW.previous_sha256 IS NOT
    coalesce((SELECT sha256 FROM event ORDER BY id DESC LIMIT 1), substr(hex(zeroblob(32)), 1, 64))
BEGIN SELECT RAISE(ABORT, 'an event follows the last one'); END;

CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are only appended'); END;

CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are only appended'); END;

-- What scripts read. runs are the sealed ones; what is at work now is in running.
CREATE VIEW runs AS
  SELECT id, series_uid, study_uid, rule, outcome, error_stage, error, started_at, finished_at, seconds, input_sha256,
         model_sha256, output_folder, software, host
  FROM run WHERE outcome IS NOT NULL;

CREATE VIEW stages AS SELECT run_id, stage, started_at, seconds, facts FROM stage ORDER BY run_id, ordinal;

CREATE VIEW files AS SELECT run_id, role, path, bytes, sha256 FROM file;

CREATE VIEW scores AS
  SELECT run_id, reference_sha256, label, label_name, dice, hd95_mm, nsd_1mm, volume_ml, reference_volume_ml, recorded_at
  FROM score;

CREATE VIEW events AS SELECT id, at, run_id, kind, detail, previous_sha256, sha256 FROM event;

CREATE VIEW running AS SELECT id, series_uid, study_uid, rule, started_at, software, host FROM run WHERE outcome IS NULL;

CREATE VIEW supersessions AS SELECT id AS run_id, supersedes FROM run WHERE supersedes IS NOT NULL;
