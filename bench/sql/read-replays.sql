select q.scan_id
from unnest($1::uuid[], $2::uuid[], $3::text[]) as k (scanner_id, gate_id, key)
join scan_keys q on (q.scanner_id, q.gate_id, q.key) = (k.scanner_id, k.gate_id, k.key)
