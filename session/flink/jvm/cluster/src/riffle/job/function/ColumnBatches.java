package riffle.job.function;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.ArgumentWriter;
import riffle.job.columns.ForwardedRows;

/** Batches whose arguments are written into columns, while other fields of the rows are kept. */
abstract class ColumnBatches implements RowBatches<ForwardedRows.Kept> {
    private final ArgumentWriter writer;
    private final ForwardedRows forwarded;

    /** The fields that are arguments, as these types, and the fields that are kept, which have these types. */
    ColumnBatches(int[] arguments, RowType argumentTypes, int[] forwarded, LogicalType[] types) {
        writer = new ArgumentWriter(arguments, argumentTypes);
        this.forwarded = new ForwardedRows(forwarded, types);
    }

    @Override
    public final void add(RowData row) {
        writer.add(row);
        forwarded.add(row);
    }

    @Override
    public final int rows() {
        return forwarded.rows();
    }

    @Override
    public final long bytes() {
        return writer.bytes() + forwarded.bytes();
    }

    @Override
    public final byte[] element() throws Exception {
        return writer.element();
    }

    @Override
    public final ForwardedRows.Kept take() {
        return forwarded.take();
    }
}
