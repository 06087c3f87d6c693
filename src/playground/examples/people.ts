import type { Example } from "./example.js";

export const PEOPLE: readonly Example[] = [
  {
    group: "People",
    title: "Register",
    query: `# Makes a user and signs in. The playground keeps the access token and sends it from every tab.
mutation Register($input: RegisterInput!) {
  register(input: $input) {
    user { id name email }
    accessToken
    refreshToken
    expiresAt
    userErrors { code message path }
  }
}`,
    variables: { input: { name: "Ada Porter", email: "ada@example.com", password: "correct horse battery" } },
  },
  {
    group: "People",
    title: "Log in",
    query: `# A wrong password is an expected "no": it comes back in userErrors as BAD_CREDENTIALS.
mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    user { id name }
    accessToken
    refreshToken
    expiresAt
    userErrors { code message path }
  }
}`,
    variables: { input: { email: "ada@example.com", password: "correct horse battery" } },
  },
  {
    group: "People",
    title: "Who am I",
    query: `# Null when not signed in.
query WhoAmI {
  me { id name email role createdAt }
}`,
    variables: {},
  },
];
