-- The page of a record asks which alerts it is evidence of.
CREATE INDEX detect_sample_at ON detect_sample(json_extract(body, '$.at.Epoch'), json_extract(body, '$.at.Seq'), json_extract(body, '$.at.Index'));
