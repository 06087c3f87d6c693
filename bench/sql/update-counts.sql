update occupancies o set
  inside = o.inside + d.inside, theoretical = o.theoretical + d.theoretical, entries = o.entries + d.entries,
  exits = o.exits + d.exits, refusals = o.refusals + d.refusals, version = $2
from unnest($1::occupancies[]) d where o.id = d.id
