import type { CountsFragment } from "../generated/operations.js";
import { shownNumber } from "../kit/words.js";

export function Gates({ gates }: Pick<CountsFragment, "gates">) {
  return (
    <section class="panel gates" aria-labelledby="gates">
      <h2 id="gates">Gates</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Gate</th>
            <th scope="col">In</th>
            <th scope="col">Out</th>
            <th scope="col">Refused</th>
            <th scope="col">Inside</th>
          </tr>
        </thead>
        <tbody>
          {gates.map(({ gate, entries, exits, refusals, inside }) => (
            <tr key={gate.id}>
              <th scope="row">{gate.name}</th>
              <td>{shownNumber(entries)}</td>
              <td>{shownNumber(exits)}</td>
              <td>{shownNumber(refusals)}</td>
              <td>{shownNumber(inside)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
