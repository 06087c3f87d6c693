import { Migration } from "@mikro-orm/migrations";

/** Scans by month, what each followed, and what they add up to by quarter-hours: the counts of any moment. */
export class History extends Migration {
  override up(): void {
    this.addSql(`alter table scans rename to scans_before`);
    this.addSql(`alter table scans_before drop constraint scans_key`);
    this.addSql(`
      create table scans (
        id uuid not null,
        venue_id uuid not null,
        gate_id uuid not null,
        scanner_id uuid not null,
        device_id uuid,
        key text collate "C" not null,
        direction text not null check (direction in ('ENTRY', 'EXIT')),
        outcome text not null check (outcome in ('ACCEPTED', 'REFUSED', 'ANNULLED')),
        reason text,
        conflict text,
        capacity_override boolean not null,
        offline boolean not null,
        automatic boolean not null,
        code text collate "C" not null,
        ticket_id uuid,
        event_id uuid,
        ticket_type_id uuid,
        scanned_at timestamptz(3) not null,
        reported_at timestamptz(3),
        received_at timestamptz(3) not null,
        version bigint not null,
        before_at timestamptz(3),
        before_gate_id uuid,
        odd boolean not null,
        check (reason is null or outcome = 'REFUSED')
      ) partition by range (scanned_at)`);
    // Not as keys of the whole table: a partition's indexes are those of its month alone, and a scan that comes is put into
    // one of them. What makes a key the only one is `scan_keys`, written under the venue's lock like the scan itself.
    this.addSql(`alter table scans add constraint scans_id primary key (id, scanned_at)`);
    this.addSql(`create index scans_by_version on scans (venue_id, version)`);
    this.addSql(`create index scans_by_ticket on scans (ticket_id, scanned_at, key) where ticket_id is not null`);
    this.addSql(`create index scans_by_gate on scans (gate_id, scanned_at, key)`);
    this.addSql(`create index scans_by_event on scans (event_id, scanned_at, key) where event_id is not null`);
    this.addSql(`create index scans_odd on scans (venue_id, scanned_at, key) where odd`);

    this.addSql(`
      create table scan_keys (
        scanner_id uuid not null,
        gate_id uuid not null,
        key text collate "C" not null,
        scan_id uuid not null,
        scanned_at timestamptz(3) not null,
        primary key (scanner_id, gate_id, key)
      )`);
    this.addSql(`
      create table scan_quarters (
        venue_id uuid not null,
        quarter_at timestamptz(3) not null,
        gate_id uuid not null,
        event_id uuid,
        ticket_type_id uuid,
        entries int not null,
        exits int not null,
        refusals int not null,
        inside int not null,
        constraint scan_quarters_key unique nulls not distinct (venue_id, quarter_at, gate_id, event_id, ticket_type_id)
      ) with (fillfactor = 70)`);
    this.addSql(`create index scan_quarters_event on scan_quarters (event_id, quarter_at) where event_id is not null`);
    this.addSql(`
      create table annulments (
        scan_id uuid primary key,
        venue_id uuid not null references venues,
        user_id uuid references users,
        device_id uuid references devices,
        reason text not null,
        annulled_at timestamptz(3) not null
      )`);
    this.addSql(`alter table events add column auto_exited_at timestamptz(3)`);
    this.addSql(`alter table presences add column last_scan_at timestamptz(3)`);

    // A partition that is made apart and then attached keeps nobody from scanning meanwhile.
    this.addSql(`
      create function make_scan_partitions(first timestamptz, last timestamptz) returns int language plpgsql as $$
      declare
        month timestamp := date_trunc('month', first at time zone 'UTC');
        name text;
        made int := 0;
      begin
        while month <= last at time zone 'UTC' loop
          name := 'scans_' || to_char(month, 'YYYY_MM');
          if not exists (select from pg_inherits where inhparent = 'scans'::regclass and inhrelid = to_regclass(name)) then
            if to_regclass(name) is null then
              execute format('create table %I (like scans including defaults including constraints)', name);
            end if;
            execute format('alter table scans attach partition %I for values from (%L) to (%L)', name,
              month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
            made := made + 1;
          end if;
          month := month + interval '1 month';
        end loop;
        return made;
      end $$`);
    this.addSql(`
      select make_scan_partitions(least(now() - interval '13 months', (select min(scanned_at) from scans_before)),
        now() + interval '3 months')`);
    this.addSql(`
      insert into scans
      select s.*, b.scanned_at, case when b.direction = 'ENTRY' then b.gate_id end, true
      from scans_before s left join lateral (
        select * from scans_before p where p.ticket_id = s.ticket_id and p.outcome = 'ACCEPTED'
          and (p.scanned_at, p.key, p.direction, p.gate_id) < (s.scanned_at, s.key, s.direction, s.gate_id)
        order by p.scanned_at desc, p.key desc, p.direction desc, p.gate_id desc limit 1
      ) b on true`);
    this.addSql(`insert into scan_keys select scanner_id, gate_id, key, id, scanned_at from scans_before`);
    this.addSql(`
      insert into scan_quarters
      select venue_id, date_bin('15 minutes', scanned_at, 'epoch'), gate_id, event_id, ticket_type_id, sum(entries),
        sum(exits), sum(refusals), sum(inside)
      from (
        select venue_id, scanned_at, gate_id, event_id, ticket_type_id,
          (outcome = 'ACCEPTED' and direction = 'ENTRY')::int as entries,
          (outcome = 'ACCEPTED' and direction = 'EXIT')::int as exits, (outcome = 'REFUSED')::int as refusals,
          (outcome = 'ACCEPTED' and direction = 'ENTRY' and ticket_id is not null)::int as inside
        from scans
        union all
        select venue_id, scanned_at, before_gate_id, event_id, ticket_type_id, 0, 0, 0, -1 from scans
        where outcome = 'ACCEPTED' and before_gate_id is not null
      ) m group by 1, 2, 3, 4, 5`);
    this.addSql(`
      update presences p set last_scan_at = s.last from (
        select ticket_id, max(scanned_at) as last from scans_before where ticket_id is not null group by 1
      ) s where s.ticket_id = p.ticket_id`);
    this.addSql(`
      insert into presences (ticket_id, last_scan_at)
      select ticket_id, max(scanned_at) from scans_before where ticket_id is not null group by 1
      on conflict do nothing`);
    this.addSql(`drop table scans_before`);
  }
}
