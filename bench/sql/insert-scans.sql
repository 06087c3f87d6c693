insert into scans select * from json_populate_recordset(null::scans, $1)
