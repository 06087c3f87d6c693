interface Located {
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export const locationOf = ({ latitude, longitude }: Located): { latitude: number; longitude: number } | null =>
  latitude === null || longitude === null ? null : { latitude, longitude };
