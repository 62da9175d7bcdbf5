package riffle.job.function;

import java.util.function.Consumer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.ForwardedRows;
import riffle.job.columns.ResultRows;

/** Batches of scalar functions: a row has one result, and a batch has one element of results. */
final class ScalarBatches extends ColumnBatches {
    private final ResultRows results;
    private final Consumer<RowData> output;
    private int emitted; // rows of the batch

    /**
     * The output gets rows of the forwarded fields, which have these types, and the results. They are valid during the
     * call. {@code leave} says that they leave the task.
     */
    ScalarBatches(
            int[] arguments,
            RowType argumentTypes,
            int[] forwarded,
            LogicalType[] types,
            RowType resultTypes,
            boolean leave,
            Consumer<RowData> output) {
        super(arguments, argumentTypes, forwarded, types);
        results = new ResultRows(types, resultTypes, leave);
        this.output = output;
    }

    @Override
    public int read(ForwardedRows.Kept batch, byte[] element) throws Exception {
        results.set(batch, element);
        emitted = 0;
        return batch.rows();
    }

    @Override
    public void emitBefore(int row) {
        while (emitted < row) {
            output.accept(results.row(emitted++));
        }
    }
}
