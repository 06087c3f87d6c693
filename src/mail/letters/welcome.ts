import { type Letter, say, write } from "../letter.js";

export const welcome = (name: string): Letter =>
  write("Welcome to Gatehouse", name, [
    say("Your account is ready: tickets that you buy or are given will come to this address."),
    say("If it was not you who registered, somebody has mistyped their address, and you need not do anything."),
  ]);
