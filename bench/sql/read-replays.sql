select s.*
from unnest($1::uuid[], $2::uuid[], $3::text[]) as k (scanner_id, gate_id, key)
join scans s on (s.scanner_id, s.gate_id, s.key) = (k.scanner_id, k.gate_id, k.key)
