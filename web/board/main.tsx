import { openPage } from "../shared/page.js";
import { BoardPage } from "./board-page.js";

openPage("Gatehouse board", BoardPage);
