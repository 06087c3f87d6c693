import { defineEntity, p } from "@mikro-orm/core";

/** A word that titles of events have or had. The database adds them by itself, and takes none away. */
export const TitleWordEntity = defineEntity({
  name: "TitleWord",
  tableName: "title_words",
  properties: {
    word: p.text().primary(),
  },
});
