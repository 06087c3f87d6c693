insert into scans select * from unnest($1::scans[])
