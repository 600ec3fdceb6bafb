-- What the agent remembers of the inboxes from one start to the next. No record of a scan, and no part of the chain of events:
-- emptied, it costs the agent time and nothing else. `parcel` is a keyed digest (PathAliases), never a path or a UID.

-- What was dealt with: as long as stamps and basis are the same, these runs are what would come of it again.
CREATE TABLE known_parcel (
  parcel        TEXT PRIMARY KEY NOT NULL,
  -- Over the names, sizes, times and inodes of its files.
  stamps_sha256 TEXT NOT NULL CHECK (length(stamps_sha256) = 64),
  -- Over this software's version, the rules and their models.
  basis_sha256  TEXT NOT NULL CHECK (length(basis_sha256) = 64),
  -- A JSON array of run ids.
  runs          TEXT NOT NULL CHECK (json_valid(runs))
) STRICT, WITHOUT ROWID;

-- What the agent had in hand when it died: how often by a signal of its own (a crash), how often for a cause that nobody saw
-- (SIGKILL, no memory, no power).
CREATE TABLE death (
  parcel        TEXT PRIMARY KEY NOT NULL,
  stamps_sha256 TEXT NOT NULL CHECK (length(stamps_sha256) = 64),
  software      TEXT NOT NULL,
  crashes       INTEGER NOT NULL CHECK (crashes >= 0),
  unexplained   INTEGER NOT NULL CHECK (unexplained >= 0)
) STRICT, WITHOUT ROWID;
