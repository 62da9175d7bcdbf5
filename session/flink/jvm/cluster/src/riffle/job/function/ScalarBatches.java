package riffle.job.function;

import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.ArgumentWriter;
import riffle.job.columns.ForwardedRows;
import riffle.job.columns.ResultRows;

/** Batches of scalar functions: a row has one result, and a batch has one element of results. */
final class ScalarBatches implements RowBatches<ForwardedRows.Kept> {
    private final ArgumentWriter writer;
    private final ForwardedRows forwarded;
    private final ResultRows results;
    private final Consumer<RowData> output;
    private int emitted; // rows of the batch

    /**
     * The output gets rows of the forwarded fields and the results, which are valid during the call.
     * {@code leave} says that they leave the task.
     */
    ScalarBatches(
            RowType input,
            int[] arguments,
            RowType argumentTypes,
            int[] forwarded,
            RowType resultTypes,
            boolean leave,
            Consumer<RowData> output) {
        LogicalType[] types = Arrays.stream(forwarded).mapToObj(input::getTypeAt).toArray(LogicalType[]::new);
        writer = new ArgumentWriter(arguments, argumentTypes);
        this.forwarded = new ForwardedRows(forwarded, types);
        results = new ResultRows(types, resultTypes, leave);
        this.output = output;
    }

    @Override
    public void add(RowData row) {
        writer.add(row);
        forwarded.add(row);
    }

    @Override
    public int rows() {
        return forwarded.rows();
    }

    @Override
    public long bytes() {
        return writer.bytes() + forwarded.bytes();
    }

    @Override
    public byte[] element() throws Exception {
        return writer.element();
    }

    @Override
    public ForwardedRows.Kept take() {
        return forwarded.take();
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
