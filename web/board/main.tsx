import { openPage } from "../kit/page.js";
import { BoardPage } from "./board-page.js";

openPage("Gatehouse board", BoardPage);
