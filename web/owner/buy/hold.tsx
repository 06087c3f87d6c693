import { useEffect, useState } from "preact/hooks";
import { type BoughtFragment, CancelReservationDocument, PayReservationDocument } from "../../generated/operations.js";
import { shownMoney } from "../events/money.js";
import { SelectField } from "../field.js";
import { Form } from "../form.js";
import { text } from "../values.js";
import type { Purchase } from "./purchase.js";

const TICK_MILLISECONDS = 250;

interface HoldProps {
  readonly purchase: Purchase;
  /** Neither paid nor cancelled. */
  readonly reservation: BoughtFragment;
  readonly onChange: () => void;
}

/** What is left of the hold, and the ways out of it. */
export function Hold({ purchase, reservation, onChange }: HoldProps) {
  const { id: reservationId, status, expiresAt, total } = reservation;
  const left = useTimeUntil(Date.parse(expiresAt) - purchase.clockAhead);
  const isOver = left === 0 || status === "EXPIRED";
  useEffect(() => {
    if (isOver) onChange();
  }, [isOver, onChange]);
  return (
    <>
      {/* A timer is not read out with every second; that it has ended is. */}
      <p role="timer" class="countdown" aria-label="Time left">
        {shownTime(isOver ? 0 : left)}
      </p>
      <p role="status" class="problem">
        {isOver &&
          "The hold has run out, and its places are free for others. Paying takes them again if nobody was faster."}
      </p>
      <Form
        label="Payment"
        document={PayReservationDocument}
        input={(values) => ({ reservationId, ...paymentOf(purchase, text(values, "paymentToken")) })}
        onDone={onChange}
        onRefused={onChange}
        submit={`Pay ${shownMoney(total)}`}
      >
        <SelectField label="Payment" name="paymentToken" hint="By the built-in test provider, which moves no money.">
          <option value="test">One that is accepted</option>
          <option value="decline">One that is declined</option>
        </SelectField>
      </Form>
      <div class="quiet">
        <Form
          label="Cancellation"
          document={CancelReservationDocument}
          input={() => ({ reservationId })}
          onDone={onChange}
          onRefused={onChange}
          submit="Give the places back"
        />
      </div>
    </>
  );
}

/** Another token is another payment, and so has another key. */
const paymentOf = ({ idempotencyKey }: Purchase, paymentToken: string) => ({
  paymentToken,
  idempotencyKey: `${idempotencyKey}-${paymentToken}`,
});

/** In milliseconds, by this device's clock; 0 when it has come. */
function useTimeUntil(moment: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, moment - now);
}

/** Minutes and seconds, such as `1:05`; 0:00 is over. */
function shownTime(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
