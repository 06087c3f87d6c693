select d.id, d.revoked_at is null as is_valid, g.venue_id = $2 as may_scan
from devices d join gates g on g.id = d.gate_id where d.id = any($1)
