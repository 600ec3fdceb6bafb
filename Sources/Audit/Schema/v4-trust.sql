-- How far results may be trusted, read out of the fact `trust` of the stage `postprocessed`. Nothing is stored twice: the fact is
-- covered by the run's digest.

-- One row a run that was judged; the verdict is good, doubtful or poor, warnings is a JSON array of sentences, hold is 1 where
-- the run waits for a person.
CREATE VIEW trust AS
  SELECT run_id, json_extract(facts, '$.trust.verdict') AS verdict, json_extract(facts, '$.trust.score') AS expected_dice,
         json_extract(facts, '$.trust.warnings') AS warnings, json_extract(facts, '$.trust.hold') AS hold
  FROM stage WHERE stage = 'postprocessed' AND json_type(facts, '$.trust') = 'object';

-- One row a run and label.
CREATE VIEW trust_labels AS
  SELECT run_id, json_extract(item.value, '$.label') AS label, json_extract(item.value, '$.name') AS label_name,
         json_extract(item.value, '$.expectedDice') AS expected_dice, json_extract(item.value, '$.foldDice') AS fold_dice,
         json_extract(item.value, '$.entropy') AS entropy
  FROM stage, json_each(stage.facts, '$.trust.perLabel') AS item
  WHERE stage.stage = 'postprocessed' AND json_type(stage.facts, '$.trust') = 'object';

-- Volume of each label that a segmentation holds, ml, with or without a mask to compare it with.
CREATE VIEW volumes AS
  SELECT run_id, json_extract(item.value, '$.label') AS label, json_extract(item.value, '$.name') AS label_name,
         json_extract(item.value, '$.voxels') AS voxels, json_extract(item.value, '$.volume_ml') AS volume_ml
  FROM stage, json_each(stage.facts, '$.labels') AS item
  WHERE stage.stage = 'postprocessed' AND json_type(stage.facts, '$.labels') = 'array';
