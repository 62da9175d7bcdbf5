package riffle.job.function;

import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.ForwardedRows;
import riffle.job.columns.TableRows;

/**
 * Batches of a table function: a row has any number of results, which come in any number of elements. An element
 * without results is the last of a batch.
 */
final class TableBatches extends ColumnBatches {
    private final TableRows rows;
    private final boolean left;
    private final Consumer<RowData> output;

    // of the batch whose results are read
    private ForwardedRows.Kept batch;
    private int complete; // rows that have no results after the element that was read
    private int next; // the first row that may have more results, or none yet
    private boolean joined; // whether it has had one

    // of the element
    private int results;
    private int taken;

    /**
     * The output gets rows of all fields of the input and the columns of a result, which are valid during the call.
     * {@code left} says that a row without results gets NULLs, {@code leave} that the rows leave the task.
     */
    TableBatches(
            int[] arguments,
            RowType argumentTypes,
            LogicalType[] input,
            RowType columns,
            boolean left,
            boolean leave,
            Consumer<RowData> output) {
        super(arguments, argumentTypes, IntStream.range(0, input.length).toArray(), input);
        rows = new TableRows(input, columns, leave);
        this.left = left;
        this.output = output;
    }

    @Override
    public int read(ForwardedRows.Kept batch, byte[] element) throws Exception {
        if (batch != this.batch) { // each batch is an object of its own
            this.batch = batch;
            rows.begin(batch);
            next = 0;
            joined = false;
        }
        results = rows.set(element);
        taken = 0;
        complete = results == 0 ? batch.rows() : row(results - 1);
        return complete;
    }

    @Override
    public boolean manyResults() {
        return true;
    }

    private int row(int result) {
        int row = rows.rowOf(result);
        return row < 0 ? ~row : row;
    }

    @Override
    public void emitBefore(int row) {
        for (; taken < results && row(taken) < row; taken++) {
            complete(row(taken));
            joined = true;
            if (rows.rowOf(taken) >= 0) {
                output.accept(rows.joined(next, taken));
            }
        }
        complete(Math.min(row, complete));
    }

    /** Completes the rows before one, which have no more results. */
    private void complete(int row) {
        for (; next < row; next++) {
            if (left && !joined) {
                output.accept(rows.withNulls(next));
            }
            joined = false;
        }
    }
}
