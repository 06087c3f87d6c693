import { useMutation } from "@urql/preact";
import { SignOutDocument } from "../generated/operations.js";
import { writeSession } from "../kit/session.js";

export function SignOutButton() {
  const [, signOut] = useMutation(SignOutDocument);
  return (
    <button type="button" onClick={() => void signOut({}).then(() => writeSession(null))}>
      Sign out
    </button>
  );
}
