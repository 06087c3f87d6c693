with new_scans as (
  insert into scans select * from unnest($1::scans[]) returning scanner_id, gate_id, key, id, scanned_at
)
insert into scan_keys select * from new_scans
