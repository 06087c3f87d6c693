import type { ComponentChildren } from "preact";
import { useContext, useId, useLayoutEffect } from "preact/hooks";
import { FormContext, isAt } from "./form.js";

interface Described {
  readonly label: string;
  /** Its path in the mutation's input, such as `name` or `price.amountMinor`. */
  readonly name: string;
  readonly hint?: ComponentChildren;
}

interface Typed extends Described {
  readonly defaultValue?: string | number;
  readonly required?: boolean;
  readonly autocomplete?: string;
}

interface FieldProps extends Typed {
  readonly type?: "text" | "email" | "password" | "number" | "date" | "time" | "datetime-local" | "search";
  readonly min?: string | number;
  readonly max?: string | number;
  readonly step?: string | number;
  /** The id of a `datalist`. */
  readonly list?: string;
  readonly inputMode?: "numeric" | "decimal";
  readonly pattern?: string;
  /** What the browser says of a value that does not fit the pattern. */
  readonly title?: string;
  readonly onInput?: (value: string) => void;
}

/** A field with its label; what the form's mutation found wrong with it stands below, until the form is sent again. */
export function Field({ label, name, hint, type = "text", onInput, ...rest }: FieldProps) {
  return (
    <Labelled label={label} name={name} hint={hint}>
      {(ties) => (
        <input
          type={type as "text"}
          {...rest}
          {...ties}
          onInput={({ currentTarget }) => onInput?.(currentTarget.value)}
        />
      )}
    </Labelled>
  );
}

export function TextField({ label, name, hint, ...rest }: Typed) {
  return (
    <Labelled label={label} name={name} hint={hint}>
      {(ties) => <textarea rows={3} {...rest} {...ties} />}
    </Labelled>
  );
}

interface SelectFieldProps extends Described {
  readonly required?: boolean;
  readonly defaultValue?: string;
  readonly onChange?: (value: string) => void;
  /** The options. */
  readonly children: ComponentChildren;
}

export function SelectField({ label, name, hint, onChange, children, ...rest }: SelectFieldProps) {
  return (
    <Labelled label={label} name={name} hint={hint}>
      {(ties) => (
        <select {...rest} {...ties} onChange={({ currentTarget }) => onChange?.(currentTarget.value)}>
          {children}
        </select>
      )}
    </Labelled>
  );
}

/** Among the form's values only where it is checked. */
export function CheckField({ label, name, hint, ...rest }: Described & { readonly defaultChecked?: boolean }) {
  return (
    <Labelled label={label} name={name} hint={hint} kind="check">
      {(ties) => <input type="checkbox" {...rest} {...ties} />}
    </Labelled>
  );
}

/** What ties an element to the words around it. */
interface Ties {
  readonly id: string;
  readonly name: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string;
}

interface LabelledProps extends Described {
  readonly kind?: string;
  readonly children: (ties: Ties) => ComponentChildren;
}

function Labelled({ label, name, hint, kind = "", children }: LabelledProps) {
  const id = useId();
  const { problems, fields } = useContext(FormContext);
  useLayoutEffect(() => {
    fields.add(name);
    return () => void fields.delete(name);
  }, [fields, name]);
  const own = problems.filter(({ path }) => isAt(path, name));
  const ties = { id, name, "aria-invalid": own.length > 0, "aria-describedby": `${id}-hint ${id}-problem` };
  return (
    <div class={`field ${kind}`}>
      <label for={id}>{label}</label>
      {children(ties)}
      <small id={`${id}-hint`}>{hint}</small>
      <small id={`${id}-problem`} class="problem">
        {own.map(({ path, message }) => message.replaceAll(`\`${path}\``, label)).join(" ")}
      </small>
    </div>
  );
}
