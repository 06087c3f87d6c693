import { Field, ObjectType } from "type-graphql";
import { UserErrorCode } from "./user-error-code.js";

@ObjectType("UserError", {
  description:
    'An expected "no": the request was well formed and allowed, yet could not be done. Malformed input, missing or bad\n' +
    "credentials, missing rights, rate limits and faults are top-level GraphQL errors instead, with `extensions.code` one of\n" +
    "GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT, UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED,\n" +
    "QUERY_TOO_COMPLEX, OVERLOADED, INTERNAL_SERVER_ERROR, and with `extensions.requestId`, which is also the header\n" +
    "`x-request-id` of every response and stands in the log.",
})
export class UserError {
  @Field(() => UserErrorCode)
  code!: UserErrorCode;

  @Field(() => String)
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'The path into `input` that caused it, such as ["items", "0", "quantity"].',
  })
  path!: string[] | null;
}
