import { Migration } from "@mikro-orm/migrations";

/** As `src/domain/event-words.ts` has it. */
const SYMBOL =
  String.raw`\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7` +
  String.raw`\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u303f\ufe00-\ufe0f\U0001f000-\U0001faff`;

/** Events are found by words, by what they are and in three orders. */
export class Finding extends Migration {
  override up(): void {
    this.addWords();
    this.addTitleWords();
    // Both ways along an index make two orders. What is included lets events be counted without being read.
    this.addSql(`create index events_by_start on events (starts_at, id) include (status, organizer_id)`);
    this.addSql(`create index events_by_creation on events (created_at, id)`);
    this.addSql(`create index events_by_category on events (category, starts_at, id) include (status, organizer_id)`);
    this.addSql(`create index events_by_standing on events (status, organizer_id)`);
    this.addSql(`create index events_unpublished on events (status, starts_at, id) where status <> 'PUBLISHED'`);
  }

  /**
   * Words are split at the same characters whatever the language of the database, accents and case left out. Costs keep the
   * planner from doing it for event after event where the index tells.
   */
  private addWords(): void {
    this.addSql(String.raw`
      create function plain_text(text) returns text language sql immutable strict parallel safe cost 200
      return lower(regexp_replace(normalize($1, nfkd), '[\u0300-\u036f]', '', 'g'))`);
    this.addSql(`
      create function words_of(text) returns text[] language sql immutable strict parallel safe cost 500
      return array_remove(regexp_split_to_array(plain_text($1), '[\\u0001-\\u0020${SYMBOL}]+'), '')`);
    this.addSql(`
      create function symbols_of(text) returns text[] language sql immutable strict parallel safe cost 500
      return string_to_array(regexp_replace(plain_text($1), '[^${SYMBOL}]+', '', 'g'), null)`);
    this.addSql(`
      create function event_words(title text, description text) returns text[]
      language sql immutable strict parallel safe cost 5000
      return words_of(title || ' ' || description) || symbols_of(title || ' ' || description)
        || array(select '=' || word from unnest(words_of(title)) as word)`);
    this.addSql(`create index events_words on events using gin (event_words(title, description))`);
  }

  /** The word, and what is left of it without any one letter; of eight letters or more also without any two. */
  private addTitleWords(): void {
    this.addSql(`
      create function shortened(word text) returns text[] language sql immutable strict parallel safe cost 500
      return array(
        select word
        union
        select overlay(word placing '' from i for 1) from generate_series(1, char_length(word)) as i
        where char_length(word) between 4 and 40
        union
        select overlay(overlay(word placing '' from j for 1) placing '' from i for 1)
        from generate_series(1, char_length(word)) as i, generate_series(i + 1, char_length(word)) as j
        where char_length(word) between 8 and 40
      )`);
    this.addSql(`create table title_words (word text primary key)`);
    this.addSql(`create index title_words_shortened on title_words using gin (shortened(word))`);
    // Numbers are right or wrong: the marathon of 2025 is not that of 2026.
    this.addSql(`
      create function keep_title_words() returns trigger language plpgsql as $$
      begin
        insert into title_words
        select distinct word from changed, unnest(words_of(title)) as word
        where char_length(word) between 3 and 40 and word !~ '[0-9]'
        order by word
        on conflict do nothing;
        return null;
      end $$`);
    for (const action of ["insert", "update"]) {
      this.addSql(`
        create trigger keep_title_words_on_${action} after ${action} on events
        referencing new table as changed for each statement execute function keep_title_words()`);
    }
    this.addSql(`
      insert into title_words
      select distinct word from events, unnest(words_of(title)) as word
      where char_length(word) between 3 and 40 and word !~ '[0-9]'`);
  }
}
