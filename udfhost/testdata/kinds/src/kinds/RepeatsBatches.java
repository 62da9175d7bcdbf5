package kinds;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.BigIntVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.IntVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.utils.JoinedRowData;
import org.apache.flink.table.runtime.arrow.ArrowUtils;
import org.apache.flink.table.runtime.generated.Projection;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.ArgumentWriter;
import riffle.job.function.RowBatches;

/** Batches of a table function: a row has any number of results, which come in any number of elements. */
class RepeatsBatches implements RowBatches<RowData[]> {
    private final RowDataSerializer serializer;
    private final Projection<RowData, BinaryRowData> toArguments;
    private final ArgumentWriter writer;
    private final Consumer<RowData> output;
    private List<RowData> rows = new ArrayList<>();
    private RowData[] batch; // of the results below
    private int[] indexes;
    private long[] numbers;
    private int emitted; // results
    private int complete; // rows of the batch
    private long ahead; // rows that do not have all their results
    private long mostAhead;

    RepeatsBatches(
            RowType input,
            RowType arguments,
            Projection<RowData, BinaryRowData> toArguments,
            Consumer<RowData> output) {
        serializer = new RowDataSerializer(input);
        this.toArguments = toArguments;
        writer = new ArgumentWriter(IntStream.range(0, arguments.getFieldCount()).toArray(), arguments);
        this.output = output;
    }

    /** Results as they are sent: with the index of their row. */
    static RowType withIndex(RowType results) {
        List<RowType.RowField> fields = new ArrayList<>();
        fields.add(new RowType.RowField("row", new IntType()));
        fields.addAll(results.getFields());
        return new RowType(fields);
    }

    long mostAhead() {
        return mostAhead;
    }

    @Override
    public void add(RowData row) {
        writer.add(toArguments.apply(row));
        rows.add(serializer.copy(row));
        mostAhead = Math.max(mostAhead, ++ahead);
    }

    @Override
    public int rows() {
        return rows.size();
    }

    @Override
    public long bytes() {
        return writer.bytes();
    }

    @Override
    public byte[] element() throws Exception {
        return writer.element();
    }

    @Override
    public RowData[] take() {
        RowData[] taken = rows.toArray(new RowData[0]);
        rows = new ArrayList<>();
        return taken;
    }

    @Override
    public int read(RowData[] batch, byte[] element) throws Exception {
        if (batch != this.batch) {
            this.batch = batch;
            complete = 0;
        }
        try (ArrowStreamReader reader =
                new ArrowStreamReader(new ByteArrayInputStream(element), ArrowUtils.getRootAllocator())) {
            reader.loadNextBatch();
            int results = reader.getVectorSchemaRoot().getRowCount();
            IntVector index = (IntVector) reader.getVectorSchemaRoot().getVector(0);
            BigIntVector number = (BigIntVector) reader.getVectorSchemaRoot().getVector(1);
            indexes = IntStream.range(0, results).map(index::get).toArray();
            numbers = IntStream.range(0, results).mapToLong(number::get).toArray();
        }
        emitted = 0;
        int before = complete;
        complete = indexes.length == 0 ? batch.length : indexes[indexes.length - 1];
        ahead -= complete - before;
        return complete;
    }

    @Override
    public void emitBefore(int row) {
        for (; emitted < indexes.length && indexes[emitted] < row; emitted++) {
            RowData input = batch[indexes[emitted]];
            RowData joined = new JoinedRowData(input.getRowKind(), input, GenericRowData.of(numbers[emitted]));
            output.accept(joined);
        }
    }
}
