select v.owner_id, v.capacity, o.inside, o.version
from occupancies o join venues v on v.id = o.id
where o.id = $1 for update of o
