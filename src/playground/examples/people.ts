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
  {
    group: "People",
    title: "Change my profile",
    query: `# Recommendations are centred on the location. What is left out stays; null takes the location away.
mutation ChangeMyProfile($input: UpdateProfileInput!) {
  updateProfile(input: $input) {
    user { id name location { latitude longitude } }
    userErrors { code message path }
  }
}`,
    variables: { input: { name: "Ada Porter", location: { latitude: 51.5, longitude: -0.12 } } },
  },
  {
    group: "People",
    title: "Find users",
    query: `# For admins: npm run make-admin -- EMAIL makes one. Every word must be in the name or the address.
query FindUsers($text: String) {
  users(first: 20, text: $text) {
    totalCount
    nodes { id name email role createdAt }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { text: "ada" },
  },
];
