import { useState } from "preact/hooks";
import { RegisterDocument } from "../generated/operations.js";
import type { DoorProps } from "../kit/page.js";
import { sessionOf, writeSession } from "../kit/session.js";
import { SignInForm } from "../kit/sign-in.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { text } from "./values.js";

/** Whoever has no account yet makes one here: venues are made by anybody. */
export function Welcome({ title }: DoorProps) {
  const [isNew, setNew] = useState(false);
  return (
    <main class="sign-in">
      <h1>{title}</h1>
      {isNew ? <Register /> : <SignInForm />}
      <button type="button" onClick={() => setNew(!isNew)}>
        {isNew ? "I have an account" : "Make an account"}
      </button>
    </main>
  );
}

function Register() {
  return (
    <div class="panel">
      <Form
        label="New account"
        document={RegisterDocument}
        input={(values) => ({
          name: text(values, "name"),
          email: text(values, "email"),
          password: String(values.get("password")),
        })}
        onDone={({ register }) => writeSession(sessionOf(register))}
        submit="Make the account"
      >
        <Field label="Name" name="name" autocomplete="name" required />
        <Field label="Email" name="email" type="email" autocomplete="username" required />
        <Field label="Password" name="password" type="password" autocomplete="new-password" required />
      </Form>
    </div>
  );
}
