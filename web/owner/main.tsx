import { openPage } from "../kit/page.js";
import { OwnerPage } from "./owner-page.js";
import { Welcome } from "./welcome.js";

openPage("Gatehouse for owners", OwnerPage, Welcome);
