import { useMutation } from "@urql/preact";
import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { SignInDocument } from "../generated/operations.js";
import { sessionOf, writeSession } from "./session.js";

export function SignIn({ title }: { readonly title: string }) {
  return (
    <main class="sign-in">
      <h1>{title}</h1>
      <SignInForm />
    </main>
  );
}

export function SignInForm() {
  const [{ fetching }, signIn] = useMutation(SignInDocument);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const input = { email: String(form.get("email")), password: String(form.get("password")) };
    const { data, error } = await signIn({ input });
    const session = data ? sessionOf(data.login) : null;
    if (session) writeSession(session);
    else
      setProblem(
        data?.login.userErrors[0]?.message ?? error?.graphQLErrors[0]?.message ?? "The server does not answer.",
      );
  };

  return (
    <form onSubmit={submit} class="panel">
      <label>
        Email <input name="email" type="email" autocomplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <p role="alert" class="problem">
        {problem}
      </p>
      <button type="submit" disabled={fetching}>
        Sign in
      </button>
    </form>
  );
}
