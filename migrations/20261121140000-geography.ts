import { Migration } from "@mikro-orm/migrations";

/** Venues are found by their names and places, events by what is near and what is alike. */
export class Geography extends Migration {
  override up(): void {
    this.addSql(`create extension if not exists cube`);
    // A point of the unit sphere. 0.99664718933525254 is the ratio of the axes of WGS 84: under the reduced latitude that
    // it makes, a step on the sphere is as long as on the ellipsoid to 0.17 % everywhere (see domain/geography.ts).
    // Its body is bound to its functions here, whatever the search path is when an index is built again.
    this.addSql(`
      create function globe_point(latitude double precision, longitude double precision) returns cube
        language sql immutable parallel safe
        return cube(cube(cube(
          cosd(atan2d(0.99664718933525254 * sind(latitude), cosd(latitude))) * cosd(longitude)),
          cosd(atan2d(0.99664718933525254 * sind(latitude), cosd(latitude))) * sind(longitude)),
          sind(atan2d(0.99664718933525254 * sind(latitude), cosd(latitude))))`);
    // Of the venues, not of the events: a venue moves by one row, and its events that are over cost nothing.
    this.addSql(`
      create index venues_place on venues using gist (globe_point(latitude, longitude)) where latitude is not null`);
    this.addSql(`create index venues_text on venues using gin ((name || ' ' || address) gin_trgm_ops)`);
    this.addSql(`create index venues_name on venues (name, id)`);

    // By their ends, so that what is over is never read.
    for (const columns of ["", "venue_id, ", "venue_id, category, ", "category, ", "organizer_id, "]) {
      this.addSql(`create index on events (${columns}ends_at, id) where status = 'PUBLISHED'`);
    }
  }
}
