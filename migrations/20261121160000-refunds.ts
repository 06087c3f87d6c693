import { Migration } from "@mikro-orm/migrations";

/** Money that goes back: what each ticket was sold for, and what of a payment was given back or is to be. */
export class Refunds extends Migration {
  override up(): void {
    this.addSql(`alter table tickets add column price_minor int check (price_minor >= 0)`);
    // The price of today, for nobody wrote down that of the sale; what goes back is never more than what was paid.
    this.addSql(`
      update tickets t set price_minor = y.price_minor from ticket_types y
      where y.id = t.ticket_type_id and t.reservation_id is not null`);

    this.addSql(`alter table payments drop constraint payments_status_check`);
    this.addSql(`
      alter table payments
        add column captured_at timestamptz(3),
        add column refunded_minor int not null default 0,
        add constraint payments_status_check check (
          status in ('STARTED', 'AUTHORISED', 'DECLINED', 'RELEASED', 'DUE', 'CAPTURED', 'REFUND_DUE', 'REFUNDED')),
        add constraint payments_refunded_check check (refunded_minor between 0 and amount_minor)`);
    this.addSql(`alter table payments alter column refunded_minor drop default`);
    this.addSql(`update payments set captured_at = updated_at where status in ('CAPTURED', 'REFUNDED')`);
    this.addSql(`update payments set refunded_minor = amount_minor where status = 'REFUNDED'`);
    this.addSql(`drop index payments_one_charge`);
    // What was given back was charged too.
    this.addSql(`
      create unique index payments_one_charge on payments (reservation_id)
      where status in ('DUE', 'CAPTURED', 'REFUND_DUE', 'REFUNDED')`);

    this.addSql(`
      create table refunds (
        id uuid primary key,
        payment_id uuid not null references payments,
        ticket_id uuid unique references tickets,
        amount_minor int not null check (amount_minor >= 0),
        created_at timestamptz(3) not null,
        refunded_at timestamptz(3)
      )`);
    this.addSql(`create index on refunds (payment_id)`);
    // The rest of a payment goes back once, whatever the program does.
    this.addSql(`create unique index refunds_one_rest on refunds (payment_id) where ticket_id is null`);
  }
}
