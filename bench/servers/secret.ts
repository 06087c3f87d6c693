/** Signs the tokens of every server, so that one token is good at all of them. */
export const AUTH_SECRET = "of-the-benchmark-of-the-benchmark-of-the-benchmark";
