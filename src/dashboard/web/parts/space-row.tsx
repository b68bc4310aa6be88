/** The place of rows that are not drawn. */
export const SpaceRow = ({ height, columns }: { height: number; columns: number }) =>
  height > 0 && (
    <tr className="space" aria-hidden="true">
      <td style={{ height }} colSpan={columns} />
    </tr>
  );
