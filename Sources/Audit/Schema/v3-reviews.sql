-- What people say of results: events of the chain, read as a table. An event is only ever appended, so a verdict that a later one
-- supersedes stays.
CREATE INDEX event_review ON event (run_id, id) WHERE kind = 'run-reviewed';

-- Every verdict, oldest first. verdict: accepted | rejected; note and reviewer are NULL where nothing was said.
CREATE VIEW reviews AS
  SELECT run_id, json_extract(detail, '$.verdict') AS verdict, json_extract(detail, '$.note') AS note,
         json_extract(detail, '$.reviewer') AS reviewer, at
  FROM event WHERE kind = 'run-reviewed' ORDER BY id;

-- The verdict that stands: the last one of each run.
CREATE VIEW verdicts AS
  SELECT run_id, json_extract(detail, '$.verdict') AS verdict, json_extract(detail, '$.note') AS note,
         json_extract(detail, '$.reviewer') AS reviewer, at
  FROM event WHERE kind = 'run-reviewed'
    AND id = (SELECT max(id) FROM event AS one WHERE one.run_id = event.run_id AND one.kind = 'run-reviewed');
